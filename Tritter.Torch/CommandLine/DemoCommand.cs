using System.CommandLine;
using Tritter.Inference;
using Tritter.Inference.Generation;
using Tritter.Inference.Model;
using Tritter.Inference.Tokenizer;
using Tritter.Torch.Corpus;
using Tritter.Torch.Model;
using Tritter.Torch.Packing;
using Tritter.Torch.Training;
using static TorchSharp.torch;

namespace Tritter.Torch.CommandLine;

/// <summary>tritter-train demo: everything there is to training, at a size that a processor does in minutes.</summary>
internal static class DemoCommand
{
    private const int Length = 512;
    private const int Passes = 3;
    private const int ValidationSequences = 4;
    private const double HeldOut = 0.05;

    public static Command Create(CancellationToken cancellation)
    {
        var source = new Option<string>("--source") { Description = "Repository to train on", DefaultValueFactory = _ => "." };
        var output = new Option<string>("--out") { Description = "Folder for everything; with --resume the run in it goes on", Required = true };
        var model = new Option<string?>("--tokenizer") { Description = "tokenizer.json; without it that of models/tritter-100m" };
        var minutes = new Option<double>("--time-limit") { Description = "Minutes of training", DefaultValueFactory = _ => 3 };
        var steps = new Option<long>("--steps") { Description = "Steps of training, instead of a time" };
        var batch = new Option<int>("--batch") { Description = "Sequences of a step", DefaultValueFactory = _ => 8 };
        var resume = new Option<bool>("--resume") { Description = "Go on from the last checkpoint" };
        Option<int> threads = RunCommand.Threads();
        var command = new Command("demo", "Trains a model of 2 million parameters on a repository, exports it and has it complete.") { source, output, model, minutes, steps, batch, resume, threads };
        command.SetAction(parse =>
        {
            RunCommand.UseThreads(parse.GetValue(threads));
            string folder = parse.GetValue(output)!;
            string tokenizer = parse.GetValue(model) ?? Preset.Tokenizer();
            ModelFolder.Prepare(folder, Preset.Path("2M"), tokenizer);
            ModelConfig config = ModelConfig.Load(Path.Combine(folder, "config.json"));
            string tokens = Path.Combine(folder, "tokens");
            if (!parse.GetValue(resume) || !Directory.Exists(tokens))
            {
                Pack(config, TritterTokenizer.Load(tokenizer), parse.GetValue(source)!, tokens, cancellation);
            }

            using Latents latents = Latents.Random(config, 1, CPU);
            int sequences = parse.GetValue(batch);
            var options = new TrainingOptions(folder, Math.Min(4, sequences), sequences, parse.GetValue(steps), TimeSpan.FromMinutes(parse.GetValue(minutes)), 0.02, 4e-3, 0, 2, 1,
                new Schedule(0.02, 0.4), 0, TimeSpan.Zero, TimeSpan.FromSeconds(5));
            using var replicas = new Replicas(latents, [new EagerKernels(config, ScalarType.Float32)], [CPU], ScalarType.Float32);
            using var trainer = new Trainer(replicas, new TokenData(tokens), new Validation(tokens, 4), options, Console.Error);
            if (parse.GetValue(resume))
            {
                trainer.Resume();
            }

            trainer.Run(cancellation);
            Console.Error.WriteLine(Speak(folder, "// A list of numbers.\npublic sealed class "));
            return 0;
        });
        return command;
    }

    private static void Pack(ModelConfig config, TritterTokenizer tokenizer, string source, string output, CancellationToken cancellation)
    {
        var git = new GitRepository(source);
        string name = Path.GetFileName(Path.GetFullPath(source).TrimEnd('/', '\\'));
        (SourceFile[] training, SourceFile[] heldOut) = RepositoryText.Split([.. RepositoryText.Read(git, name, git.Files(), 50_000_000)], HeldOut);
        var packer = new Packer(tokenizer, config.PromptTokens, new PackingMix(), Length, Console.Error);
        for (int pass = 0; pass < Passes; pass++)
        {
            packer.Pack(training, output, pass, cancellation);
        }

        packer.PackValidation(heldOut, output, ValidationSequences);
    }

    /// <summary>What the exported model goes on with, said by the engine that editors use.</summary>
    private static string Speak(string folder, string prompt)
    {
        using InferenceEngine engine = InferenceEngine.Load(folder, threads: 1);
        using Session session = engine.OpenSession(256);
        session.Read([.. engine.Tokenizer.Encode(prompt)], CancellationToken.None);
        var said = new List<int>();
        for (int i = 0; i < 24; i++)
        {
            int next = Largest(session.Logits);
            said.Add(next);
            session.Append(next);
        }

        return "the exported model goes on: " + prompt.ReplaceLineEndings("\\n") + "|" + engine.Tokenizer.Decode(said).ReplaceLineEndings("\\n");
    }

    private static int Largest(ReadOnlySpan<float> logits)
    {
        int best = 0;
        for (int i = 1; i < logits.Length; i++)
        {
            best = logits[i] > logits[best] ? i : best;
        }

        return best;
    }
}
