using Tritter.Core.Completion;

namespace Tritter.Server.Completions;

/// <summary>What this process answered so far, counted. Thread-safe.</summary>
internal sealed class CompletionStats
{
    private const int MostSlow = 10;

    private readonly Lock _lock = new();
    private readonly Latencies _latencies = new();
    private readonly Dictionary<string, int> _emptyReasons = new(StringComparer.Ordinal);
    private StatsSnapshot _now = new();

    /// <summary>A request arrived.</summary>
    public void Asked() => Change(s => s with { Requests = s.Requests + 1 });

    /// <summary>A request got its answer.</summary>
    /// <param name="latency">From its arrival.</param>
    /// <param name="fromCache">Whether the model had nothing to do with it.</param>
    public void Answered(string uri, CompletionResult result, TimeSpan latency, bool fromCache)
    {
        lock (_lock)
        {
            _latencies.Add(latency, result, fromCache);
            if (result.Text.Length > 0)
            {
                _now = _now with { Answered = _now.Answered + 1, FromCache = _now.FromCache + (fromCache ? 1 : 0) };
            }
            else
            {
                string reason = result.EmptyReason ?? EmptyReason.Unknown;
                _emptyReasons[reason] = _emptyReasons.GetValueOrDefault(reason) + 1;
                _now = _now with { LastEmpty = (uri, reason) };
            }

            if (!fromCache)
            {
                _now = _now with
                {
                    CachedTokens = _now.CachedTokens + result.Cost.CachedTokens,
                    ComputedTokens = _now.ComputedTokens + result.Cost.PromptTokens - result.Cost.CachedTokens,
                    GeneratedTokens = _now.GeneratedTokens + result.Cost.GeneratedTokens,
                    Decoding = _now.Decoding + result.Cost.Decode,
                };
            }
        }
    }

    /// <summary>Something happened to a suggestion.</summary>
    public void Count(OfferEvent what) => Change(s => what switch
    {
        OfferEvent.Shown => s with { Shown = s.Shown + 1 },
        OfferEvent.Accepted => s with { Accepted = s.Accepted + 1 },
        OfferEvent.PartiallyAccepted => s with { PartiallyAccepted = s.PartiallyAccepted + 1 },
        _ => s with { Kept = s.Kept + 1 },
    });

    public StatsSnapshot Read()
    {
        lock (_lock)
        {
            return _now with
            {
                P50 = _latencies.Percentile(0.5),
                P95 = _latencies.Percentile(0.95),
                Histogram = [.. _latencies.Counts],
                Slowest = _latencies.Slowest(MostSlow),
                EmptyReasons = [.. _emptyReasons.OrderByDescending(r => r.Value).ThenBy(r => r.Key, StringComparer.Ordinal)],
            };
        }
    }

    private void Change(Func<StatsSnapshot, StatsSnapshot> change)
    {
        lock (_lock)
        {
            _now = change(_now);
        }
    }
}

/// <summary>Counts at a moment.</summary>
/// <param name="Histogram">See <see cref="Latencies.Bounds"/>.</param>
/// <param name="EmptyReasons">The most frequent first.</param>
internal sealed record StatsSnapshot(
    int Requests = 0,
    int Answered = 0,
    int FromCache = 0,
    int Shown = 0,
    int Accepted = 0,
    int PartiallyAccepted = 0,
    int Kept = 0,
    long CachedTokens = 0,
    long ComputedTokens = 0,
    long GeneratedTokens = 0,
    TimeSpan Decoding = default,
    double P50 = 0,
    double P95 = 0,
    (string Uri, string Reason)? LastEmpty = null)
{
    public IReadOnlyList<int> Histogram { get; init; } = [];

    /// <summary>The slowest first.</summary>
    public IReadOnlyList<Answered> Slowest { get; init; } = [];

    public IReadOnlyList<KeyValuePair<string, int>> EmptyReasons { get; init; } = [];
}
