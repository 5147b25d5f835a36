namespace Tritter.Server.Completions;

/// <summary>How long answers took: a histogram of all, and percentiles of the latest. Not thread-safe.</summary>
internal sealed class Latencies
{
    private const int Latest = 500;

    private readonly int[] _counts = new int[Bounds.Length + 1];
    private readonly double[] _latest = new double[Latest];
    private int _count;

    /// <summary>Upper bounds of the histogram in milliseconds, inclusive; one more count follows them.</summary>
    public static double[] Bounds { get; } = [10, 20, 30, 40, 60, 80, 100, 150, 200, 300, 500, 1000];

    public IReadOnlyList<int> Counts => _counts;

    public void Add(TimeSpan latency)
    {
        double ms = latency.TotalMilliseconds;
        int bound = Array.FindIndex(Bounds, b => ms <= b);
        _counts[bound < 0 ? Bounds.Length : bound]++;
        _latest[_count++ % Latest] = ms;
    }

    /// <summary>Milliseconds that this share (0 to 1) of the latest answers did not exceed; 0 before the first.</summary>
    public double Percentile(double share)
    {
        double[] sorted = [.. _latest.AsSpan(0, Math.Min(_count, Latest))];
        Array.Sort(sorted);
        return sorted.Length == 0 ? 0 : sorted[Math.Min(sorted.Length - 1, (int)(share * sorted.Length))];
    }
}
