using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Tritter.Core.Evaluation;
using Tritter.Inference;
using Tritter.Inference.KvCache;
using Tritter.Inference.Sampling;
using Tritter.Server.Evaluations;
using Tritter.Server.Evaluations.Programs;

namespace Tritter.Server.CommandLine;

/// <summary><c>tritter eval humaneval|mbpp|multipl-e-rust|multipl-e-cs FILE</c>: has programs written and runs their tests.</summary>
internal static class EvalProgramsCommand
{
    private const double TopP = 0.95;

    public static IEnumerable<Command> All(CommandOutput output) =>
    [
        Create(output, "humaneval", "HumanEval (Python)", "HumanEval.jsonl.gz, as github.com/openai/human-eval has it.", ProgramProblem.HumanEval, () => new PythonToolchain()),
        Create(output, "mbpp", "MBPP (Python), tasks 11 to 510", "mbpp.jsonl or sanitized-mbpp.json, as github.com/google-research/google-research has them.", ProgramProblem.Mbpp, () => new PythonToolchain()),
        Create(output, "multipl-e-rust", "MultiPL-E's problems for Rust", "Prompts for Rust, as github.com/nuprl/MultiPL-E has them, such as humaneval-rs-reworded.jsonl.", file => ProgramProblem.MultiPlE(file, "rs"), () => new RustToolchain()),
        Create(output, "multipl-e-cs", "MultiPL-E's problems for C#", "Prompts for C#, as github.com/nuprl/MultiPL-E has them, such as humaneval-cs-reworded.jsonl.", file => ProgramProblem.MultiPlE(file, "cs"), () => new CSharpToolchain()),
    ];

    public static Option<bool> NoSandbox() => new("--no-sandbox") { Description = "Run programs with limits only, where the system cannot keep them from files and network." };

    private static Command Create(CommandOutput output, string name, string title, string fileDescription, Func<string, IReadOnlyList<ProgramProblem>> read, Func<Toolchain> toolchain)
    {
        var file = new Argument<string>("FILE") { Description = fileDescription };
        Option<int> count = ModelOptions.Whole("--n", "Only the first problems; 0 takes all.", 0, 0, int.MaxValue);
        Option<int> samples = ModelOptions.Whole("--samples", "Programs to write for each problem; pass@k needs k.", 1, 1, 10_000);
        var temperature = new Option<float?>("--temperature") { Description = "0 always takes the likeliest token. Default: 0 for one sample, else 0.8; above 0 tokens are drawn from the likeliest 95 %.", HelpName = "T" };
        Option<int> seed = ModelOptions.Whole("--seed", "Of the draws; the same seed gives the same programs.", 1, 0, int.MaxValue);
        Option<int> maxTokens = ModelOptions.Whole("--max-tokens", "Most tokens of a program.", 512, 1, 4096);
        Option<int> limit = ModelOptions.Whole("--time-limit", "Seconds that a program may take.", 5, 1, 3600);
        Option<string?> model = ModelOptions.Model();
        Option<string?> adapter = ModelOptions.Adapter();
        Option<ComputeDevice> device = ModelOptions.Device(ComputeDevice.Cpu);
        Option<int> threads = ModelOptions.Threads();
        Option<bool> noSandbox = NoSandbox();
        var show = new Option<bool>("--show") { Description = "Print every program that the model wrote, and how it ended." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new Command(name, $"Have the model write the programs of {title}, and run their tests: in child processes without network and with limits.")
        {
            file, count, samples, temperature, seed, maxTokens, limit, model, adapter, device, threads, noSandbox, show, json,
        };
        command.SetAction((parsed, cancellationToken) => Task.Run(
            async () =>
            {
                IReadOnlyList<ProgramProblem> problems = read(parsed.GetRequiredValue(file));
                int n = parsed.GetValue(samples), taken = parsed.GetValue(count) is > 0 and var first ? Math.Min(first, problems.Count) : problems.Count;
                float heat = parsed.GetValue(temperature) ?? (n == 1 ? 0 : 0.8f);
                if (heat is not (>= 0 and <= 100) || (heat == 0 && n > 1))
                {
                    throw new CommandFailure(heat == 0 ? "--samples above 1 takes a --temperature above 0: greedy samples are all the same" : "--temperature takes a number from 0 to 100", ExitCode.Usage);
                }

                ProgramRunner runner = await ProgramRunner.FindAsync(toolchain(), !parsed.GetValue(noSandbox), TimeSpan.FromSeconds(parsed.GetValue(limit)), cancellationToken);
                ComputeDevice on = ModelOptions.Allowed(parsed.GetValue(device), parsed.GetValue(adapter) is not null ? "--adapter" : null);
                using InferenceEngine engine = ModelOptions.Load(ModelDirectory.Find(parsed.GetValue(model)), parsed.GetValue(threads), parsed.GetValue(adapter), KvPrecision.Int8, device: on);
                ModelOptions.SayDevice(engine, on, output);
                using var continuation = new Continuation(engine);
                long start = Stopwatch.GetTimestamp();
                var outcomes = new List<ProgramOutcome>();
                using (var progress = new ProgressLine(output, "writing programs", (long)taken * n, TimeProvider.System))
                {
                    foreach (ProgramProblem problem in problems.Take(taken))
                    {
                        var texts = new List<string>();
                        var ends = new List<ProgramEnd>();
                        for (int sample = 0; sample < n; sample++)
                        {
                            SamplingOptions sampling = heat == 0 ? SamplingOptions.Greedy : new SamplingOptions { Temperature = heat, TopP = (float)TopP, Seed = Seed(parsed.GetValue(seed), outcomes.Count, sample) };
                            texts.Add(continuation.Write(problem.Path, problem.Prompt, problem.Stops, sampling, parsed.GetValue(maxTokens), cancellationToken));
                            ends.Add(await runner.RunAsync(problem.Program(texts[^1]), cancellationToken));
                            progress.Report((long)outcomes.Count * n + sample + 1);
                        }

                        outcomes.Add(new ProgramOutcome(problem, texts, ends));
                        if (parsed.GetValue(show))
                        {
                            output.Out.WriteLine(output.Shown(Describe(outcomes[^1])));
                        }
                    }
                }

                int Count(ProgramEnd end) => outcomes.Sum(o => o.Ends.Count(e => e == end));
                var report = new ProgramsReport(
                    name, engine.Name, taken, n, Math.Round(heat, 4), parsed.GetValue(seed), ProgramsReport.PassesOf(outcomes, n),
                    Count(ProgramEnd.Passed), Count(ProgramEnd.Failed), Count(ProgramEnd.DoesNotCompile), Count(ProgramEnd.TimedOut), Stopwatch.GetElapsedTime(start).TotalSeconds, runner.Description);
                output.Out.WriteLine(parsed.GetValue(json) ? JsonSerializer.Serialize(report, CommandLineJson.Readable.ProgramsReport) : Show(report, problems.Count));
                return (int)ExitCode.Success;
            },
            cancellationToken));
        return command;
    }

    /// <summary>Each sample draws from numbers of its own, so that none depends on which were asked for before it.</summary>
    private static ulong Seed(int seed, int problem, int sample) => ((ulong)seed << 44) ^ ((ulong)problem << 20) ^ (ulong)sample;

    private static string Describe(ProgramOutcome o) =>
        string.Join('\n', o.Continuations.Zip(o.Ends).Select(sample => $"=== {o.Problem.Id} {sample.Second}\n{o.Problem.Prompt}{sample.First}"));

    private static string Show(ProgramsReport r, int all)
    {
        string passes = string.Join(", ", r.PassAt.Select(p => string.Create(CultureInfo.InvariantCulture, $"pass@{p.K} {100 * p.Pass:F1} %")));
        string which = r.Problems < all ? $"the first {r.Problems} of {all} problems" : $"{all} problems";
        string how = r.Temperature == 0 ? "greedy" : string.Create(CultureInfo.InvariantCulture, $"{r.Samples} samples, temperature {r.Temperature:0.##}, seed {r.Seed}");
        return string.Create(CultureInfo.InvariantCulture,
            $"""
            {r.Benchmark}, {r.Model}: {passes} ({which}, {how})
            {r.Passed} programs passed, {r.Failed} failed, {r.DoesNotCompile} did not compile, {r.TimedOut} took too long; {r.Seconds:F0} s
            programs ran with {r.Sandbox}
            """);
    }
}
