using System.Diagnostics;

namespace Tritter.Inference.Benchmark;

/// <summary>Times the eighths of a long prompt while it is read.</summary>
/// <param name="length">Tokens of the prompt.</param>
internal sealed class StretchClock(int length)
{
    /// <summary>A shorter prompt's eighths are too few chunks to time.</summary>
    private const int ShortestPrompt = 8192;
    private const int Count = 8;

    private readonly List<(int Read, long Time)> _ends = [(0, Stopwatch.GetTimestamp())];

    /// <param name="read">Tokens of the prompt read so far.</param>
    public void Read(int read)
    {
        if (read >= (long)length * _ends.Count / Count)
        {
            _ends.Add((read, Stopwatch.GetTimestamp()));
        }
    }

    /// <summary>Tokens per second in each eighth; empty for a short prompt.</summary>
    public IReadOnlyList<double> TokensPerSecond() => length < ShortestPrompt
        ? []
        : [.. _ends.Zip(_ends.Skip(1), (from, to) => (to.Read - from.Read) / Stopwatch.GetElapsedTime(from.Time, to.Time).TotalSeconds)];
}
