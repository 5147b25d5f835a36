namespace Tritter.Core.Completion;

/// <summary>What a gate did with a suggestion.</summary>
public enum GateOutcome
{
    /// <summary>Nothing was found against it.</summary>
    Kept,

    /// <summary>It was cut where it was still clean.</summary>
    Trimmed,

    /// <summary>A name that does not exist was replaced by the only one that can have been meant.</summary>
    Repaired,

    /// <summary>Nothing of it is clean.</summary>
    Dropped,

    /// <summary>It could not be judged.</summary>
    Abstained,
}

/// <param name="Text">What may be shown; empty when dropped.</param>
/// <param name="Reason">For the log, one line: the error that was found, or why there was no judgement; null when kept.</param>
public sealed record GateVerdict(GateOutcome Outcome, string Text, string? Reason = null);
