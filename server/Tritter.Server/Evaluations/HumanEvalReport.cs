using Tritter.Server.Evaluations.Programs;

namespace Tritter.Server.Evaluations;

/// <summary>One problem done.</summary>
/// <param name="End">How the program with the suggestion ended; null where it was not run.</param>
internal sealed record HumanEvalOutcome(HumanEvalProblem Problem, string Middle, string? EmptyReason, bool IsExact, ProgramEnd? End, double Milliseconds);

/// <summary>All problems together. Shares are from 0 to 1, of all problems.</summary>
/// <param name="Exact">The first line of the suggestion is what stood there, but for white space around it.</param>
/// <param name="PassAt1">The tests pass with the one suggestion that was made; null where no Python was found.</param>
/// <param name="TimedOut">Problems whose program did not end.</param>
/// <param name="Sandbox">What held the programs in.</param>
internal sealed record HumanEvalReport(int Problems, double Answered, double Exact, double? PassAt1, int TimedOut, double P50Ms, double P95Ms, string? Sandbox)
{
    public static HumanEvalReport Of(IReadOnlyList<HumanEvalOutcome> outcomes, string? sandbox)
    {
        double n = outcomes.Count;
        double[] milliseconds = [.. outcomes.Select(o => o.Milliseconds).Order()];
        return new HumanEvalReport(
            outcomes.Count,
            outcomes.Count(o => o.EmptyReason is null) / n,
            outcomes.Count(o => o.IsExact) / n,
            sandbox is null ? null : outcomes.Count(o => o.End == ProgramEnd.Passed) / n,
            outcomes.Count(o => o.End == ProgramEnd.TimedOut),
            milliseconds[milliseconds.Length / 2],
            milliseconds[milliseconds.Length * 95 / 100],
            sandbox);
    }
}
