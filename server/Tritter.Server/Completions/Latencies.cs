using Tritter.Core.Completion;

namespace Tritter.Server.Completions;

/// <summary>How long answers took: a histogram of all, and percentiles of the latest. Not thread-safe.</summary>
internal sealed class Latencies
{
    private const int Latest = 500;

    private readonly int[] _counts = new int[Bounds.Length + 1];
    private readonly Answered[] _latest = new Answered[Latest];
    private int _count;

    /// <summary>Upper bounds of the histogram in milliseconds, inclusive; one more count follows them.</summary>
    public static double[] Bounds { get; } = [10, 20, 30, 40, 60, 80, 100, 150, 200, 300, 500, 1000];

    public IReadOnlyList<int> Counts => _counts;

    /// <param name="latency">From the request's arrival.</param>
    public void Add(TimeSpan latency, CompletionResult result, bool isFromCache)
    {
        double ms = latency.TotalMilliseconds;
        int bound = Array.FindIndex(Bounds, b => ms <= b);
        _counts[bound < 0 ? Bounds.Length : bound]++;
        // What comes from the cache cost something earlier, not now.
        _latest[_count++ % Latest] = isFromCache ? new Answered(latency, default, default) : new Answered(latency, result.Cost, result.Assistance);
    }

    /// <summary>Milliseconds that this share (0 to 1) of the latest answers did not exceed; 0 before the first.</summary>
    public double Percentile(double share)
    {
        TimeSpan[] sorted = [.. Kept.Select(answer => answer.Latency).Order()];
        return sorted.Length == 0 ? 0 : sorted[Math.Min(sorted.Length - 1, (int)(share * sorted.Length))].TotalMilliseconds;
    }

    /// <summary>Of the latest answers those that took longest, the slowest first.</summary>
    public Answered[] Slowest(int count) => [.. Kept.OrderByDescending(answer => answer.Latency).Take(count)];

    private IEnumerable<Answered> Kept => _latest.Take(Math.Min(_count, Latest));
}

/// <summary>Where the time of an answer went. What is left of it was spent on waiting for the model, or until there was no time any more.</summary>
/// <param name="Latency">From the request's arrival.</param>
internal readonly record struct Answered(TimeSpan Latency, CompletionCost Cost, AssistanceCost Assistance);
