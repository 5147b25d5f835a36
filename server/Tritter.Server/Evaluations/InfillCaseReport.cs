namespace Tritter.Server.Evaluations;

/// <summary>One case, for those who want to look closer.</summary>
/// <param name="Start">UTF-16 offset in the file's text with lines ending in \n.</param>
/// <param name="Expected">What stood there.</param>
/// <param name="Text">What was suggested.</param>
/// <param name="Gate">What the gate did; null where there was none.</param>
/// <param name="Error">What a compiler or a grammar finds wrong; null for nothing.</param>
internal sealed record InfillCaseReport(
    string Path, string Kind, int Start, string Expected, string Text, string? EmptyReason, bool Exact, double MeanLogProbability, string? Gate, string? Error, double Ms)
{
    /// <summary>What there would be without the gate; null where nobody asked.</summary>
    public InfillCaseReport? Ungated { get; init; }

    public static InfillCaseReport Of(InfillOutcome o) => new(
        o.Case.Path, o.Case.Kind.ToString(), o.Case.Start, o.Case.Middle, o.Result.Text, o.Result.EmptyReason, o.Score.IsExact, o.Result.MeanLogProbability, o.Result.Verdict?.Outcome.ToString(), o.Error, o.Milliseconds)
    {
        Ungated = o.Ungated is { } ungated ? Of(ungated with { Ungated = null }) : null,
    };
}
