using Tritter.Core.Evaluation;
using Tritter.Server.Evaluations.Programs;

namespace Tritter.Server.Evaluations;

/// <summary>One problem with all its samples.</summary>
/// <param name="Ends">How the program of each sample ended.</param>
internal sealed record ProgramOutcome(ProgramProblem Problem, IReadOnlyList<string> Continuations, IReadOnlyList<ProgramEnd> Ends);

/// <summary>pass@k over all problems, from 0 to 1.</summary>
internal sealed record PassReport(int K, double Pass);

/// <summary>All problems together.</summary>
/// <param name="Samples">Programs written for each problem.</param>
/// <param name="Temperature">0 is greedy.</param>
/// <param name="PassAt">The mean over problems of the unbiased estimates (arXiv:2107.03374), for each k that there are samples enough for.</param>
/// <param name="DoesNotCompile">Programs, of problems times samples; of Python, which is not compiled, those are among the failed.</param>
/// <param name="Sandbox">What held the programs in.</param>
internal sealed record ProgramsReport(
    string Benchmark, string Model, int Problems, int Samples, double Temperature, int Seed, IReadOnlyList<PassReport> PassAt,
    int Passed, int Failed, int DoesNotCompile, int TimedOut, double Seconds, string Sandbox)
{
    private static readonly int[] _ks = [1, 10, 100];

    /// <summary>The mean of pass@k for each k of the paper that the samples reach.</summary>
    public static IReadOnlyList<PassReport> PassesOf(IReadOnlyList<ProgramOutcome> outcomes, int samples) =>
        [.. _ks.Where(k => k <= samples).Select(k => new PassReport(k, outcomes.Average(o => PassAtK.Estimate(samples, o.Ends.Count(end => end == ProgramEnd.Passed), k))))];
}
