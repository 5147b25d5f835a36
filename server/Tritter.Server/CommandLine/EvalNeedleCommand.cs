using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Tritter.Core.Evaluation;
using Tritter.Inference;
using Tritter.Inference.Generation;
using Tritter.Inference.KvCache;
using Tritter.Inference.Model;
using Tritter.Server.Evaluations;

namespace Tritter.Server.CommandLine;

/// <summary><c>tritter eval needle DIR</c>: whether the model finds one small file among all others, by length of the prompt and by where that file stands.</summary>
internal static class EvalNeedleCommand
{
    private const int Shortest = 512;

    /// <summary>Texts whose keys and values are kept: the hay alone, and with the needle.</summary>
    private const int Texts = 2;

    private const string Heading = "tokens   needle at    exact   log-prob. of the value   prefill                 questions";

    public static Command Create(CommandOutput output)
    {
        var folder = new Argument<string>("DIR") { Description = "A repository whose files are the hay. Nothing is written there." };
        var lengths = new Option<int[]>("--lengths") { Description = "Tokens of the prompts.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [2048, 4096, 8192, 16_384], HelpName = "N" };
        var depths = new Option<double[]>("--depths") { Description = "Where the needle stands: 0 in front, 1 behind everything.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [0, 0.5, 1], HelpName = "SHARE" };
        Option<int> count = ModelOptions.Whole("--n", "Needles, all in one file.", 8, 1, 100);
        Option<int> seed = ModelOptions.Whole("--seed", "Chooses names and values.", 1, 0, int.MaxValue);
        Option<string?> model = ModelOptions.Model();
        Option<int> threads = ModelOptions.Threads();
        Option<KvPrecision> kv = ModelOptions.Kv();
        Option<ComputeDevice> device = ModelOptions.Device(ComputeDevice.Cpu);
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new Command("needle", "Hide a file with constants among a repository's files and ask for their values at the end of the prompt.") { folder, lengths, depths, count, seed, model, device, threads, kv, json };
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () =>
            {
                string root = Path.GetFullPath(parsed.GetRequiredValue(folder));
                if (!Directory.Exists(root))
                {
                    throw new CommandFailure($"there is no folder {root}");
                }

                string directory = ModelDirectory.Find(parsed.GetValue(model));
                var info = ModelInfo.Load(directory);
                KvPrecision precision = parsed.GetValue(kv);
                int[] wanted = [.. parsed.GetValue(lengths)!.Order()];
                if (wanted[0] < Shortest || wanted[^1] > info.Config.MaxPositions)
                {
                    throw new CommandFailure($"--lengths takes {Shortest} to {info.Config.MaxPositions} tokens");
                }

                // Prompts with the needle elsewhere, and longer ones, go on from what was read: of 131,072 tokens reading anew would take minutes each time.
                ComputeDevice on = parsed.GetValue(device);
                using InferenceEngine engine = ModelOptions.OnDevice(() => InferenceEngine.Load(directory, parsed.GetValue(threads), precision, Texts * info.WholeKvBytes(wanted[^1], precision), device: on));
                ModelOptions.SayDevice(engine, on, output);
                if (engine.Config.PromptTokens.FileSeparator < 0)
                {
                    throw new CommandFailure($"{engine.Name} was not trained on several files in one prompt: it has no token between files");
                }

                using Session session = engine.OpenSession(wanted[^1]);
                var evaluation = new NeedleEvaluation(engine, session, root, Needle.Draw(parsed.GetValue(seed), parsed.GetValue(count)));
                (int[] Tokens, int[] Starts) hay = evaluation.Hay(wanted[^1], cancellationToken);
                if (hay.Tokens.Length < wanted[^1] - Shortest)
                {
                    throw new CommandFailure($"the files that fit have {hay.Tokens.Length} tokens, fewer than --lengths {wanted[^1]}: take a larger repository");
                }

                var reports = new List<NeedleReport>();
                // The deeper the needle, the more of the prompt is that without it: those come first, while it is still held.
                double?[] places = [null, .. parsed.GetValue(depths)!.OrderDescending().Select(d => (double?)Math.Clamp(d, 0, 1))];
                bool asJson = parsed.GetValue(json);
                foreach (int length in wanted)
                {
                    foreach (double? depth in places)
                    {
                        NeedleReport report;
                        using (var progress = new ProgressLine(output, $"{reports.Count + 1} of {wanted.Length * places.Length}, reading {length} tokens", length, TimeProvider.System, "tokens"))
                        {
                            report = evaluation.Run(hay, length, depth, done => progress.Report(done), cancellationToken);
                        }

                        if (!asJson)
                        {
                            output.Out.WriteLine((reports.Count == 0 ? Heading + Environment.NewLine : "") + Row(report));
                        }

                        reports.Add(report);
                    }
                }

                if (asJson)
                {
                    output.Out.WriteLine(JsonSerializer.Serialize([.. reports], CommandLineJson.Readable.NeedleReportArray));
                }

                return (int)ExitCode.Success;
            },
            cancellationToken));
        return command;
    }

    private static string Row(NeedleReport r) => string.Create(CultureInfo.InvariantCulture,
        $"{r.Tokens,6}   {(r.Depth is { } d ? d.ToString("P0", CultureInfo.InvariantCulture) : "none"),9}   {r.Exact,2} of {r.Needles,-3} {r.LogProbability,21:F2}   {r.ComputedTokens,6} tokens in {r.PrefillSeconds,6:F1} s   {r.QuestionSeconds,6:F1} s");
}
