using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Tritter.Core.Completion;
using Tritter.Core.CSharp;
using Tritter.Core.Evaluation;
using Tritter.Inference;
using Tritter.Inference.KvCache;
using Tritter.Server.Evaluations;

namespace Tritter.Server.CommandLine;

/// <summary><c>tritter eval infill DIR</c>: how well the model fills in what is cut out of a repository's files.</summary>
internal static class EvalInfillCommand
{
    private static readonly string[] _languages = ["cs", "py", "rs", "ts", "js"];

    public static Command Create(CommandOutput output)
    {
        var folder = new Argument<string>("DIR") { Description = "A repository. Nothing is written there." };
        var language = new Option<string>("--lang") { Description = "Files to cut: cs, py, rs, ts or js.", DefaultValueFactory = _ => "cs", HelpName = "LANG" };
        language.AcceptOnlyFromAmong(_languages);
        Option<int> count = ModelOptions.Whole("--n", "Cases of each of the three kinds.", 200, 1, 100_000);
        Option<int> seed = ModelOptions.Whole("--seed", "Chooses the places; the same seed gives the same ones.", 1, 0, int.MaxValue);
        Option<string?> model = ModelOptions.Model();
        Option<string?> adapter = ModelOptions.Adapter();
        var only = new Option<string?>("--only") { Description = "Cut only files that this file lists, one path a line from DIR on; 'tritter-train finetune' writes such a list.", HelpName = "FILE" };
        Option<int> threads = ModelOptions.Threads();
        Option<KvPrecision> kv = ModelOptions.Kv();
        Option<ComputeDevice> device = ModelOptions.Device(ComputeDevice.Cpu);
        var noRetrieval = new Option<bool>("--no-retrieval") { Description = "Show the model no other files." };
        Option<string> retrieval = RetrievalOption.Create();
        var noGate = new Option<bool>("--no-gate") { Description = "Show suggestions that do not compile, too." };
        var compareGate = new Option<bool>("--compare-gate") { Description = "Report every kind once more as it would be without the gate." };
        var noMask = new Option<bool>("--no-mask") { Description = "Let the model write names that do not exist." };
        var noFilter = new Option<bool>("--no-filter") { Description = "Show suggestions that repeat what stands around the cursor, or of which the model is not sure, too." };
        var show = new Option<bool>("--show") { Description = "Print every case: what stood there and what was suggested; with --json as one object a line." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new Command("infill", "Cut seeded places out of a repository's files and compare what the model fills in.")
        {
            folder, language, count, seed, model, adapter, only, device, threads, kv, noRetrieval, retrieval, noGate, compareGate, noMask, noFilter, show, json,
        };
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () =>
            {
                string root = parsed.GetRequiredValue(folder);
                if (!Directory.Exists(root))
                {
                    throw new CommandFailure($"{root} is no folder");
                }

                var parts = new AssistanceParts(!parsed.GetValue(noRetrieval), !parsed.GetValue(noGate), !parsed.GetValue(noMask)) { Sources = RetrievalOption.Read(parsed.GetRequiredValue(retrieval)) };
                ComputeDevice on = ModelOptions.Allowed(parsed.GetValue(device), parsed.GetValue(adapter) is not null ? "--adapter" : null);
                using InferenceEngine engine = ModelOptions.Load(ModelDirectory.Find(parsed.GetValue(model)), parsed.GetValue(threads), parsed.GetValue(adapter), parsed.GetValue(kv), device: on);
                ModelOptions.SayDevice(engine, on, output);
                using var completer = new Completer(engine);
                int cases = parsed.GetValue(count);
                using var progress = new ProgressLine(output, "filling in", 3L * cases, TimeProvider.System);
                using var evaluation = new InfillEvaluation(completer, root, LanguageId(parsed.GetValue(language)!), parts, !parsed.GetValue(noFilter), parsed.GetValue(compareGate), problem => output.Error.WriteLine($"tritter: {problem}"));
                var outcomes = new List<InfillOutcome>();
                foreach (InfillOutcome outcome in evaluation.Run(cases, parsed.GetValue(seed), Listed(parsed.GetValue(only)), cancellationToken))
                {
                    outcomes.Add(outcome);
                    progress.Report(outcomes.Count);
                    if (parsed.GetValue(show))
                    {
                        output.Out.WriteLine(parsed.GetValue(json) ? JsonSerializer.Serialize(InfillCaseReport.Of(outcome), CommandLineJson.Readable.InfillCaseReport) : Describe(outcome));
                    }
                }

                InfillReport[] reports = [.. Reports(outcomes), .. Reports([.. outcomes.Select(o => o.Ungated).OfType<InfillOutcome>()]).Select(r => r with { Ungated = true })];
                output.Out.WriteLine(parsed.GetValue(json) ? JsonSerializer.Serialize(reports, CommandLineJson.Readable.InfillReportArray) : Show(reports));
                return (int)ExitCode.Success;
            },
            cancellationToken));
        return command;
    }

    private static IEnumerable<InfillReport> Reports(IReadOnlyList<InfillOutcome> outcomes) =>
        Enum.GetValues<InfillKind>().Select(kind => InfillReport.Of(kind, [.. outcomes.Where(o => o.Case.Kind == kind)])).Where(r => r.Cases > 0);

    private static HashSet<string>? Listed(string? path)
    {
        try
        {
            return path is null ? null : [.. File.ReadLines(path).Select(line => line.Trim())];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure($"--only {path} cannot be read: {e.Message}");
        }
    }

    private static string LanguageId(string language) => language switch { "cs" => "csharp", "py" => "python", "rs" => "rust", "ts" => "typescript", _ => "javascript" };

    private static string Describe(InfillOutcome o) =>
        $"{o.Case.Path} {o.Case.Kind} {o.Result.Verdict?.Outcome}{(o.Error is { } error ? $" ERROR {error}" : "")}{(o.Score.IsExact ? " exact" : "")}{string.Create(CultureInfo.InvariantCulture, $" logp {o.Result.MeanLogProbability:F3}")}\n  was: {o.Case.Middle.ReplaceLineEndings("\\n")}\n  now: {o.Result.Text.ReplaceLineEndings("\\n")} {o.Result.EmptyReason}";

    private static string Show(InfillReport[] reports) => string.Join(Environment.NewLine,
    [
        "kind                cases  answered   exact  exact of answered  edit sim.  ident. F1  adds error  computed  cached  p50 ms  p95 ms",
        .. reports.Select(r => string.Create(CultureInfo.InvariantCulture,
            $"{(r.Ungated ? $"{r.Kind}, ungated" : r.Kind),-18}  {r.Cases,5}  {r.Answered,8:P1}  {r.Exact,6:P1}  {r.ExactOfAnswered,17:P1}  {r.EditSimilarity,9:F3}  {r.IdentifierF1,9:F3}  {(r.AddsError is { } e ? e.ToString("P1", CultureInfo.InvariantCulture) : "-"),10}  {r.ComputedTokens,8:F0}  {r.CachedTokens,6:F0}  {r.P50Ms,6:F0}  {r.P95Ms,6:F0}")),
    ]);
}
