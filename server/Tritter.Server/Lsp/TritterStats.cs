namespace Tritter.Server.Lsp;

// Our own request tritter/stats, documented in docs/lsp-extensions.md.

/// <param name="Model">The model's name.</param>
/// <param name="TokensPerSecond">While decoding; 0 before anything was decoded.</param>
/// <param name="Answered">Requests that got a suggestion.</param>
/// <param name="FromCache">Those of them that the model was not asked for.</param>
internal sealed record StatsResult(
    string Model,
    double TokensPerSecond,
    int Requests,
    int Answered,
    int FromCache,
    int Shown,
    int Accepted,
    int PartiallyAccepted,
    int KeptAfter30s,
    LatencyStats LatencyMs,
    PromptTokenStats PromptTokens,
    EmptyReasonCount[] EmptyReasons,
    LastEmpty? LastEmpty,
    IndexStats Index,
    long MemoryMb)
{
    public const string Method = "tritter/stats";
}

/// <summary>Milliseconds from a request to its answer, suggestion or not, of those that were not cancelled.</summary>
/// <param name="Slowest">Of the latest, the slowest first.</param>
internal sealed record LatencyStats(double P50, double P95, LatencyBucket[] Histogram, SlowAnswer[] Slowest);

/// <summary>Where the milliseconds <see cref="Ms"/> of an answer went.</summary>
/// <param name="Names">Finding names for the model to choose from: a part of <paramref name="Decode"/>.</param>
/// <param name="Computed">Tokens of the prompt that were not cached.</param>
internal sealed record SlowAnswer(double Ms, double Context, double Prefill, double Decode, double Names, double Gate, int Computed, int Generated);

/// <param name="UpTo">Milliseconds, inclusive; null for whatever took longer than the others say.</param>
internal sealed record LatencyBucket(double? UpTo, int Count);

internal sealed record PromptTokenStats(long Cached, long Computed);

internal sealed record EmptyReasonCount(string Reason, int Count);

internal sealed record LastEmpty(string Uri, string Reason);

/// <param name="State"><c>off</c>, <c>building</c>, <c>ready</c> or <c>failed</c>.</param>
/// <param name="Files">Files to be in it.</param>
/// <param name="FilesDone">Files that are in it.</param>
/// <param name="Redactions">Secrets that were left out.</param>
/// <param name="Reason">One line; only with <c>failed</c>.</param>
internal sealed record IndexStats(string State, int Files, int FilesDone, int Redactions, string? Reason = null);
