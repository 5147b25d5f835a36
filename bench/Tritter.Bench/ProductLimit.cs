using System.Diagnostics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Tritter.Inference.Kernels;

namespace Tritter.Bench;

/// <summary>
/// How near <see cref="TernaryMatMul"/> comes to what one core can multiply at all: beside it runs a loop of nothing but the same instructions
/// (multiply-add of byte pairs and the addition of the result) on registers, with neither loads nor the unpacking of weights.
/// </summary>
internal static unsafe class ProductLimit
{
    private const int Repeats = 9;
    private const int Chains = 16;

    public static void Run(TextWriter output)
    {
        if (!Avx512BW.IsSupported)
        {
            throw new PlatformNotSupportedException("this machine has no AVX-512, for which this is written");
        }

        output.WriteLine("multiplications per nanosecond on one core, best of 9");
        double limit = Best(() => Registers(1 << 16), 64L * Chains << 16);
        output.WriteLine($"registers only: {limit:F0}");
        foreach ((int rows, int columns) in new[] { (3072, 768), (768, 3072), (6912, 2560) })
        {
            foreach (int tokens in new[] { 1, 2, 4, 8, 64 })
            {
                double speed = Product(rows, columns, tokens);
                output.WriteLine($"{rows} x {columns}, {tokens} tokens: {speed:F0} ({speed / limit:P0})");
            }
        }
    }

    private static Vector512<short> Registers(int count)
    {
        Vector512<sbyte> x = Vector512.Create((sbyte)1);
        Vector512<short> s0 = default, s1 = default, s2 = default, s3 = default;
        Vector512<short> s4 = default, s5 = default, s6 = default, s7 = default;
        Vector512<short> s8 = default, s9 = default, s10 = default, s11 = default;
        Vector512<short> s12 = default, s13 = default, s14 = default, s15 = default;
        for (int i = 0; i < count; i++)
        {
            // Each product depends on the sum before, so that none can be moved out of the loop; sixteen chains hide how long they take.
            s0 += Avx512BW.MultiplyAddAdjacent(s0.AsByte(), x);
            s1 += Avx512BW.MultiplyAddAdjacent(s1.AsByte(), x);
            s2 += Avx512BW.MultiplyAddAdjacent(s2.AsByte(), x);
            s3 += Avx512BW.MultiplyAddAdjacent(s3.AsByte(), x);
            s4 += Avx512BW.MultiplyAddAdjacent(s4.AsByte(), x);
            s5 += Avx512BW.MultiplyAddAdjacent(s5.AsByte(), x);
            s6 += Avx512BW.MultiplyAddAdjacent(s6.AsByte(), x);
            s7 += Avx512BW.MultiplyAddAdjacent(s7.AsByte(), x);
            s8 += Avx512BW.MultiplyAddAdjacent(s8.AsByte(), x);
            s9 += Avx512BW.MultiplyAddAdjacent(s9.AsByte(), x);
            s10 += Avx512BW.MultiplyAddAdjacent(s10.AsByte(), x);
            s11 += Avx512BW.MultiplyAddAdjacent(s11.AsByte(), x);
            s12 += Avx512BW.MultiplyAddAdjacent(s12.AsByte(), x);
            s13 += Avx512BW.MultiplyAddAdjacent(s13.AsByte(), x);
            s14 += Avx512BW.MultiplyAddAdjacent(s14.AsByte(), x);
            s15 += Avx512BW.MultiplyAddAdjacent(s15.AsByte(), x);
        }

        return s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7 + s8 + s9 + s10 + s11 + s12 + s13 + s14 + s15;
    }

    private static double Product(int rows, int columns, int tokens)
    {
        var random = new Random(1);
        var packed = new byte[rows * (columns / 4)];
        // Codes of 0 and 1 alone: the values do not matter.
        foreach (ref byte b in packed.AsSpan())
        {
            b = (byte)(random.Next(256) & 0x55);
        }

        using TernaryMatrix matrix = TernaryMatrix.FromRowWise(packed, rows, columns, 1)!;
        using var values = new AlignedBuffer<sbyte>((long)tokens * columns);
        using var steps = new AlignedBuffer<float>(tokens);
        using var sums = new AlignedBuffer<int>(tokens);
        using var y = new AlignedBuffer<float>((long)tokens * rows);
        return Best(
            () => TernaryMatMul.Multiply(matrix, new QuantizedRows(values.Pointer, steps.Pointer, sums.Pointer, tokens, columns), y.Pointer, 0, matrix.Blocks),
            (long)rows * columns * tokens);
    }

    private static double Best(Action work, long products)
    {
        double best = 0;
        for (int repeat = 0; repeat < Repeats; repeat++)
        {
            long done = 0;
            long start = Stopwatch.GetTimestamp();
            TimeSpan elapsed;
            do
            {
                work();
                done += products;
                elapsed = Stopwatch.GetElapsedTime(start);
            }
            while (elapsed.TotalMilliseconds < 50);
            best = Math.Max(best, done / elapsed.TotalNanoseconds);
        }

        return best;
    }
}
