using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Tritter.Core.Completion;
using Tritter.Core.Documents;
using Tritter.Core.Syntax;
using Tritter.Inference;
using Tritter.Server.Evaluations;
using Tritter.Server.Evaluations.Programs;

namespace Tritter.Server.CommandLine;

/// <summary><c>tritter eval humaneval-infilling FILE</c>: fills the gaps of the benchmark's problems and runs their tests.</summary>
internal static class EvalHumanEvalCommand
{
    private static readonly TimeSpan _timeLimit = TimeSpan.FromSeconds(5);

    public static Command Create(CommandOutput output)
    {
        var file = new Argument<string>("FILE") { Description = "Problems of HumanEval-Infilling, a JSON object a line, such as HumanEval-SingleLineInfilling.jsonl.gz." };
        Option<int> count = ModelOptions.Whole("--n", "Only the first problems; 0 takes all.", 0, 0, int.MaxValue);
        Option<string?> model = ModelOptions.Model();
        Option<ComputeDevice> device = ModelOptions.Device(ComputeDevice.Cpu);
        Option<int> threads = ModelOptions.Threads();
        var noGate = new Option<bool>("--no-gate") { Description = "Take suggestions that do not parse, too." };
        Option<bool> noSandbox = EvalProgramsCommand.NoSandbox();
        var show = new Option<bool>("--show") { Description = "Print every problem: what stood there and what was suggested." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new Command("humaneval-infilling", "Fill the gaps of HumanEval-Infilling and run the tests. Runs Python that the model wrote, in a child process without network and with limits.")
        {
            file, count, model, device, threads, noGate, noSandbox, show, json,
        };
        command.SetAction((parsed, cancellationToken) => Task.Run(
            async () =>
            {
                IReadOnlyList<HumanEvalProblem> problems = HumanEvalProblem.Read(parsed.GetRequiredValue(file));
                int taken = parsed.GetValue(count) is > 0 and var n ? Math.Min(n, problems.Count) : problems.Count;
                using InferenceEngine engine = ModelOptions.OnDevice(() => InferenceEngine.Load(ModelDirectory.Find(parsed.GetValue(model)), parsed.GetValue(threads), device: parsed.GetValue(device)));
                ModelOptions.SayDevice(engine, parsed.GetValue(device), output);
                using var completer = new Completer(engine);
                ProgramRunner? runner = await FindRunnerAsync(output, !parsed.GetValue(noSandbox), cancellationToken);
                var outcomes = new List<HumanEvalOutcome>();
                using var progress = new ProgressLine(output, "filling in", taken, TimeProvider.System);
                foreach (HumanEvalProblem problem in problems.Take(taken))
                {
                    HumanEvalOutcome outcome = await FillAsync(completer, problem, runner, !parsed.GetValue(noGate), cancellationToken);
                    outcomes.Add(outcome);
                    progress.Report(outcomes.Count);
                    if (parsed.GetValue(show))
                    {
                        output.Out.WriteLine(output.Shown(Describe(outcome)));
                    }
                }

                HumanEvalReport report = HumanEvalReport.Of(outcomes, runner?.Description);
                output.Out.WriteLine(parsed.GetValue(json) ? JsonSerializer.Serialize(report, CommandLineJson.Readable.HumanEvalReport) : Show(report));
                return (int)ExitCode.Success;
            },
            cancellationToken));
        return command;
    }

    /// <summary>Without something that runs programs there is still the share of exact suggestions to report.</summary>
    private static async Task<ProgramRunner?> FindRunnerAsync(CommandOutput output, bool confined, CancellationToken cancellationToken)
    {
        try
        {
            return await ProgramRunner.FindAsync(new PythonToolchain(), confined, _timeLimit, cancellationToken);
        }
        catch (CommandFailure e)
        {
            output.Error.WriteLine($"tritter: pass@1 is left out: {e.Message}");
            return null;
        }
    }

    private static async Task<HumanEvalOutcome> FillAsync(Completer completer, HumanEvalProblem problem, ProgramRunner? runner, bool gate, CancellationToken cancellationToken)
    {
        // The gap is whole lines: the cursor stands on an empty line of its own.
        bool isLine = problem.Prompt.EndsWith('\n') && problem.Suffix.Length > 0 && problem.Suffix[0] != '\n';
        string text = problem.Prompt + (isLine ? "\n" : "") + problem.Suffix;
        var request = new CompletionRequest(new Document("solution.py", "python", 1, text), problem.Prompt.Length);
        long start = Stopwatch.GetTimestamp();
        CompletionResult result = SyntaxAssistance.For("python", text, problem.Prompt.Length, gate)
            .Complete((r, token) => completer.Complete(r, onText: null, token), request, cancellationToken);
        double milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        string middle = FirstLine(result.Text);
        bool isExact = middle.Trim() == problem.CanonicalSolution.Trim();
        ProgramEnd? end = runner is null ? null
            : middle.Length == 0 ? ProgramEnd.Failed
            : await runner.RunAsync(problem.Program(middle + (isLine ? "\n" : "")), cancellationToken);
        return new HumanEvalOutcome(problem, middle, result.EmptyReason, isExact, end, milliseconds);
    }

    private static string FirstLine(string text) => text.TrimStart('\n').Split('\n')[0];

    private static string Describe(HumanEvalOutcome o) =>
        $"{o.Problem.TaskId} {o.End}{(o.IsExact ? " exact" : "")}\n  was: {o.Problem.CanonicalSolution.TrimEnd()}\n  now: {o.Middle} {o.EmptyReason}";

    private static string Show(HumanEvalReport r) => string.Create(CultureInfo.InvariantCulture,
        $"""
        {r.Problems} problems: {r.Answered:P1} answered, {r.Exact:P1} exact, pass@1 {(r.PassAt1 is { } pass ? pass.ToString("P1", CultureInfo.InvariantCulture) : "-")}, {r.TimedOut} timed out
        p50 {r.P50Ms:F0} ms, p95 {r.P95Ms:F0} ms{(r.Sandbox is null ? "" : $"; programs ran with {r.Sandbox}")}
        """);
}
