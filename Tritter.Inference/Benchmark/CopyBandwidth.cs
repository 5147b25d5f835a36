using System.Diagnostics;
using Tritter.Inference.Cuda;
using Tritter.Inference.Kernels;

namespace Tritter.Inference.Benchmark;

/// <summary>How fast this machine copies memory: what the bytes that decoding reads are compared with.</summary>
internal static unsafe class CopyBandwidth
{
    private const int Repeats = 8;

    /// <summary>Copies <paramref name="bytes"/> with all threads of the team, each its share.</summary>
    /// <returns>Bytes read and written per second, the median of some runs after one that warms up.</returns>
    public static double Measure(ThreadTeam team, long bytes)
    {
        using var from = new AlignedBuffer<byte>(bytes);
        using var to = new AlignedBuffer<byte>(bytes);
        const int Piece = 4096;
        int pieces = (int)(bytes / Piece);
        var speeds = new List<double>();
        for (int run = 0; run <= Repeats; run++)
        {
            long start = Stopwatch.GetTimestamp();
            team.Run(worker =>
            {
                (int first, int end) = team.Share(worker, pieces);
                long length = (long)(end - first) * Piece;
                Buffer.MemoryCopy(from.Pointer + (long)first * Piece, to.Pointer + (long)first * Piece, length, length);
            });
            if (run > 0)
            {
                speeds.Add(2.0 * pieces * Piece / Stopwatch.GetElapsedTime(start).TotalSeconds);
            }
        }

        return Spread.Of(speeds).Median;
    }

    /// <summary>Copies as many bytes on a graphics card, several times over so that starting it does not count.</summary>
    public static double Measure(CudaDevice device, long bytes)
    {
        const int Copies = 8;
        using CudaBuffer from = device.Allocate(bytes);
        using CudaBuffer to = device.Allocate(bytes);
        var speeds = new List<double>();
        for (int run = 0; run <= Repeats; run++)
        {
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < Copies; i++)
            {
                device.Copy(from.Pointer, to.Pointer, bytes);
            }

            device.Synchronize();
            if (run > 0)
            {
                speeds.Add(2.0 * Copies * bytes / Stopwatch.GetElapsedTime(start).TotalSeconds);
            }
        }

        return Spread.Of(speeds).Median;
    }
}
