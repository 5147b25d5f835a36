using Tritter.Core.Evaluation;

namespace Tritter.Server.Evaluations;

/// <summary>Cases of one kind together. Shares are from 0 to 1.</summary>
/// <param name="Answered">Share of cases with a suggestion.</param>
/// <param name="Exact">Share of all cases; an empty answer is not exact.</param>
/// <param name="EditSimilarity">Mean over all cases; an empty answer has 0.</param>
/// <param name="IdentifierF1">Mean over all cases; an empty answer has 0.</param>
/// <param name="AddsError">Share of suggestions with which the file does not compile and did before; null without a compiler.</param>
/// <param name="ComputedTokens">Mean of the prompt's tokens that were read.</param>
/// <param name="CachedTokens">Mean of those that were known.</param>
internal sealed record InfillReport(
    string Kind, int Cases, double Answered, double Exact, double ExactOfAnswered, double EditSimilarity, double IdentifierF1, double? AddsError,
    double ComputedTokens, double CachedTokens, double P50Ms, double P95Ms)
{
    /// <summary>Whether this is about what there would be without the gate, of a run that has it.</summary>
    public bool Ungated { get; init; }

    public static InfillReport Of(InfillKind kind, IReadOnlyList<InfillOutcome> outcomes)
    {
        if (outcomes.Count == 0)
        {
            return new InfillReport(kind.ToString(), 0, 0, 0, 0, 0, 0, null, 0, 0, 0, 0);
        }

        InfillOutcome[] answered = [.. outcomes.Where(o => o.Result.Text.Length > 0)];
        InfillOutcome[] compiled = [.. answered.Where(o => o.Compiled)];
        double[] milliseconds = [.. outcomes.Select(o => o.Milliseconds).Order()];
        double n = outcomes.Count;
        return new InfillReport(
            kind.ToString(),
            outcomes.Count,
            answered.Length / n,
            answered.Count(o => o.Score.IsExact) / n,
            answered.Length == 0 ? 0 : (double)answered.Count(o => o.Score.IsExact) / answered.Length,
            answered.Sum(o => o.Score.EditSimilarity) / n,
            answered.Sum(o => o.Score.IdentifierF1) / n,
            compiled.Length == 0 ? null : (double)compiled.Count(o => o.Error is not null) / compiled.Length,
            outcomes.Average(o => o.Result.Cost.PromptTokens - o.Result.Cost.CachedTokens),
            outcomes.Average(o => o.Result.Cost.CachedTokens),
            milliseconds[milliseconds.Length / 2],
            milliseconds[milliseconds.Length * 95 / 100]);
    }
}
