using System.CommandLine;
using System.Globalization;
using Tritter.Inference.Model;
using Tritter.Inference.Tokenizer;
using Tritter.Torch.Corpus;
using Tritter.Torch.Cuda;
using Tritter.Torch.Model;
using Tritter.Torch.Packing;
using Tritter.Torch.Training;
using static TorchSharp.torch;

namespace Tritter.Torch.CommandLine;

/// <summary>tritter-train finetune: a repository becomes an adapter of the model.</summary>
internal static class FineTuneCommand
{
    private const int Passes = 4;

    public static Command Create(CancellationToken cancellation)
    {
        var repository = new Argument<string>("repository") { Description = "A git repository; its newest commit is read, and nothing is written there" };
        var model = new Option<string?>("--model") { Description = "Model folder; without it models/tritter-100m" };
        var output = new Option<string?>("--out") { Description = "Folder for the adapter; without it one of the repository's name among the user's data" };
        var rank = new Option<int>("--rank") { Description = "Rank of the adapter", DefaultValueFactory = _ => 16 };
        var alpha = new Option<double?>("--alpha") { Description = "The adapter is multiplied by alpha / rank; without it twice the rank" };
        var targets = new Option<string[]>("--targets") { Description = "Matrices: " + string.Join(", ", LowRankAdapter.AllTargets), AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [.. LowRankAdapter.AllTargets] };
        var limit = new Option<double>("--time-limit") { Description = "Minutes", DefaultValueFactory = _ => 30 };
        var steps = new Option<long>("--steps") { Description = "Steps, instead of a time" };
        var length = new Option<int>("--length") { Description = "Tokens of a sequence", DefaultValueFactory = _ => 1024 };
        var batch = new Option<int>("--batch") { Description = "Sequences of a step", DefaultValueFactory = _ => 2 };
        var rate = new Option<double>("--rate") { Description = "Learning rate", DefaultValueFactory = _ => 1e-3 };
        var share = new Option<double>("--held-out") { Description = "Share of the files that is measured on and not trained on", DefaultValueFactory = _ => 0.15 };
        var measured = new Option<int>("--held-out-sequences") { Description = "Most sequences to measure on", DefaultValueFactory = _ => 6 };
        var every = new Option<int>("--evaluate-every") { Description = "Steps between two measurements", DefaultValueFactory = _ => 10 };
        var patience = new Option<int>("--patience") { Description = "Measurements without a better loss after which it ends", DefaultValueFactory = _ => 4 };
        var seed = new Option<long>("--seed") { Description = "Of the adapter", DefaultValueFactory = _ => 1 };
        var device = new Option<string>("--device") { Description = "cpu, cuda or cuda:NUMBER", DefaultValueFactory = _ => "cpu" };
        Option<int> threads = RunCommand.Threads();
        var command = new Command("finetune", "Trains an adapter (LoRA beside the packed model) on a repository.")
        {
            repository, model, output, rank, alpha, targets, limit, steps, length, batch, rate, share, measured, every, patience, seed, device, threads,
        };
        command.SetAction(parse =>
        {
            RunCommand.UseThreads(parse.GetValue(threads));
            Device place = Devices.Parse(parse.GetValue(device)!, 1)[0];
            ScalarType type = place.type == TorchSharp.DeviceType.CUDA ? ScalarType.BFloat16 : ScalarType.Float32;
            string source = parse.GetValue(repository)!;
            string name = Path.GetFileName(Path.GetFullPath(source).TrimEnd('/', '\\'));
            string folder = parse.GetValue(output) ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "tritter", "adapters", name);
            string baseModel = parse.GetValue(model) ?? Path.GetDirectoryName(Preset.Tokenizer())!;
            ModelConfig config = ModelConfig.Load(Path.Combine(baseModel, "config.json"));
            DirectoryInfo tokens = Directory.CreateTempSubdirectory("tritter-finetune-");
            try
            {
                var git = new GitRepository(source);
                (SourceFile[] training, SourceFile[] heldOut) = RepositoryText.Split([.. RepositoryText.Read(git, name, git.Files(), 50_000_000)], parse.GetValue(share));
                if (training.Length == 0 || !heldOut.Any(f => f.IsCode))
                {
                    throw new InvalidDataException($"{source}: has {training.Length} files to train on and {heldOut.Length} held out; both are needed (--held-out SHARE)");
                }

                Directory.CreateDirectory(folder);
                File.WriteAllLines(Path.Combine(folder, "held-out.txt"), heldOut.Select(f => f.Path).Order(StringComparer.Ordinal));
                Pack(baseModel, config, training, heldOut, tokens.FullName, parse.GetValue(length), parse.GetValue(measured), cancellation);
                (FrozenWeights weights, Latents norms) = FrozenWeights.Load(baseModel, config, type, place);
                using IKernels kernels = Devices.Kernels(config, [place], type, eager: false)[0];
                int r = parse.GetValue(rank);
                using LowRankAdapter adapter = LowRankAdapter.New(config, r, parse.GetValue(alpha) ?? 2 * r, parse.GetValue(targets)!, parse.GetValue(seed), place);
                Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{training.Length} files to train on, {heldOut.Length} held out; adapter of {adapter.Parameters / 1e6:F2} M numbers"));
                var options = new FineTuningOptions(parse.GetValue(batch), parse.GetValue(rate), parse.GetValue(steps), TimeSpan.FromMinutes(parse.GetValue(limit)), parse.GetValue(every), parse.GetValue(patience));
                var tuning = new FineTuning(adapter, norms, weights, kernels, new TokenData(tokens.FullName), new Validation(tokens.FullName, 2), options);
                using (weights)
                using (norms)
                {
                    Tell(tuning.Run(() => adapter.Save(folder, Path.GetFileName(Path.GetFullPath(baseModel))), Bar, cancellation), folder);
                }

                return 0;
            }
            finally
            {
                tokens.Delete(recursive: true);
            }
        });
        return command;
    }

    private static void Pack(string model, ModelConfig config, SourceFile[] training, SourceFile[] heldOut, string output, int length, int measured, CancellationToken cancellation)
    {
        TritterTokenizer tokenizer = TritterTokenizer.Load(Path.Combine(model, "tokenizer.json"));
        var packer = new Packer(tokenizer, config.PromptTokens, new PackingMix(SuffixFirst: 1, Context: 0.3), length, TextWriter.Null);
        for (int pass = 0; pass < Passes; pass++)
        {
            packer.Pack(training, output, pass, cancellation);
        }

        // What is filled in where the editor asks, suffix first: that decides, not the text as it is.
        var maker = new DocumentMaker(tokenizer, config.PromptTokens, new PackingMix(1, 1, 1, 0));
        Document[] prompts = [.. heldOut.Where(f => f.IsCode).SelectMany(f => Enumerable.Range(0, 3).Select(i => maker.Fim(f, [], DocumentMaker.RandomFor(f, i)))).OfType<Document>()];
        new Random(7).Shuffle(prompts);
        List<(ushort[] Tokens, TokenMarks[] Marks)> sequences = new SequenceFiller(length, (ushort)config.PromptTokens.FimPad).Fill(prompts);
        if (sequences.Count == 0)
        {
            throw new InvalidDataException($"no prompt of the held-out files fits {length} tokens: give a larger --length or --held-out");
        }

        TokenShard.Write(Path.Combine(output, "fim-held-out.tokens"), length, sequences.GetRange(0, Math.Min(measured, sequences.Count)));
    }

    private static void Bar(FineTuningProgress p)
    {
        TimeSpan left = p.Done > 0 ? p.Elapsed / p.Done - p.Elapsed : TimeSpan.Zero;
        string state = string.Create(CultureInfo.InvariantCulture,
            $"{new string('#', (int)(20 * p.Done)).PadRight(20, '.')} {p.Done,4:P0}  step {p.Step}  loss {p.Loss:F3}  held out {p.Best:F3} at best  {p.Tokens / p.Elapsed.TotalSeconds:F0} tokens/s  about {left.TotalMinutes:F1} min left");
        if (!Console.IsErrorRedirected)
        {
            Console.Error.Write("\r" + state.PadRight(110));
        }
        else if (p.HeldOut is { } now)
        {
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{state}  now {now:F3}"));
        }
    }

    private static void Tell(FineTuningResult result, string folder)
    {
        string end = result.StoppedEarly ? ", ended early since the held-out loss no longer fell" : "";
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"\n{result.Steps} steps, {result.Tokens} tokens in {result.Seconds:F0} s{end}; loss on held-out files {result.Before:F3} before, {result.Best:F3} at best"));
        Console.Error.WriteLine(result.Best < result.Before
            ? $"the adapter is in {folder}: tritter complete --adapter {folder} ..., or in the editor's user settings tritter.adapters; held-out.txt lists the files that were not trained on"
            : "the adapter was not saved: it did not help on the held-out files");
    }
}
