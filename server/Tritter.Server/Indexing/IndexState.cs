namespace Tritter.Server.Indexing;

/// <summary>What the index of the workspace is doing.</summary>
/// <param name="Files">Files to look at while it is built, else files in it.</param>
/// <param name="FilesDone">Of <paramref name="Files"/>.</param>
/// <param name="Redactions">Secrets that were blanked out, and key files that were left out.</param>
/// <param name="Reason">Why it failed, in one line; null when it did not.</param>
internal sealed record IndexState(IndexPhase Phase, int Files = 0, int FilesDone = 0, int Redactions = 0, string? Reason = null)
{
    public static IndexState Off { get; } = new(IndexPhase.Off);

    /// <summary>As <c>tritter/stats</c> spells it: off, building, ready or failed.</summary>
    public string Name => Phase.ToString().ToLowerInvariant();
}

internal enum IndexPhase
{
    Off,
    Building,
    Ready,
    Failed,
}
