using System.CommandLine;
using Tritter.Inference.Model;
using Tritter.Torch.Cuda;
using Tritter.Torch.Model;
using Tritter.Torch.Native;
using Tritter.Torch.Training;
using static TorchSharp.torch;

namespace Tritter.Torch.CommandLine;

/// <summary>tritter-train run: trains, from latents or from nothing.</summary>
internal static class RunCommand
{
    public static Command Create(CancellationToken cancellation)
    {
        var config = new Option<string>("--config") { Description = "config.json of the model", Required = true };
        var tokenizer = new Option<string?>("--tokenizer") { Description = "tokenizer.json of the model; without it the one beside config.json" };
        var from = new Option<string?>("--from") { Description = "Latents to continue from; without it a new model is drawn" };
        var data = new Option<string>("--data") { Description = "Folder with train-*.tokens", Required = true };
        var validation = new Option<string?>("--validation") { Description = "Folder with val-*.tokens and fim-*.tokens" };
        var output = new Option<string>("--out") { Description = "Folder for the model, latents, checkpoint and metrics", Required = true };
        var resume = new Option<bool>("--resume") { Description = "Go on from the checkpoint in the output folder, if there is one" };
        var device = new Option<string>("--device") { Description = "cpu or cuda; several as cuda:0,cuda:1", DefaultValueFactory = _ => "cpu" };
        var count = new Option<int>("--devices") { Description = "Train on so many devices of the kind", DefaultValueFactory = _ => 1 };
        var eager = new Option<bool>("--eager") { Description = "Use no kernels of our own on CUDA" };
        var micro = new Option<int>("--micro") { Description = "Sequences computed at a time", DefaultValueFactory = _ => 16 };
        var batch = new Option<int>("--batch") { Description = "Sequences of a step", DefaultValueFactory = _ => 64 };
        var steps = new Option<long>("--steps") { Description = "Steps of the whole run" };
        var limit = new Option<double>("--time-limit") { Description = "Minutes of the whole run" };
        var matrixRate = new Option<double>("--matrix-rate") { DefaultValueFactory = _ => 0.02, Description = "Learning rate of Muon" };
        var vectorRate = new Option<double>("--vector-rate") { DefaultValueFactory = _ => 2e-3, Description = "Learning rate of AdamW" };
        var decay = new Option<double>("--weight-decay") { Description = "Of the matrices" };
        var middle = new Option<float>("--middle-weight") { DefaultValueFactory = _ => 3, Description = "Weight of the loss of what is filled in" };
        var embedding = new Option<double>("--embedding-loss") { Description = "The a of (1 - a) * cross-entropy + a * squared distance to the next token's embedding, 0 to 1", HelpName = "a" };
        var clip = new Option<double>("--clip") { DefaultValueFactory = _ => 1, Description = "Largest norm of all gradients together" };
        var warm = new Option<double>("--warm-up") { DefaultValueFactory = _ => 0.02, Description = "Part of the run in which the rate rises" };
        var decayFrom = new Option<double>("--decay-from") { DefaultValueFactory = _ => 0.4, Description = "Part of the run after which the rate falls to zero" };
        var every = new Option<long>("--validate-every") { Description = "Steps between validations; 0: only first and last" };
        var export = new Option<double>("--export-every") { Description = "Minutes between exports" };
        var checkpoint = new Option<double>("--checkpoint-every") { Description = "Minutes between checkpoints" };
        Option<int> threads = Threads();
        var seed = new Option<long>("--seed") { DefaultValueFactory = _ => 1, Description = "Of a new model" };
        var command = new Command("run", "Trains a model.")
        {
            config, tokenizer, from, data, validation, output, resume, device, count, eager, micro, batch, steps, limit, matrixRate, vectorRate, decay, middle, embedding, clip, warm, decayFrom, every, export, checkpoint, threads, seed,
        };
        command.SetAction(parse =>
        {
            if ((parse.GetValue(steps) > 0) == (parse.GetValue(limit) > 0))
            {
                throw new InvalidDataException("give either --steps or --time-limit");
            }

            UseThreads(parse.GetValue(threads));
            Device[] devices = Devices.Parse(parse.GetValue(device)!, parse.GetValue(count));
            if (parse.GetValue(batch) % (parse.GetValue(micro) * devices.Length) != 0)
            {
                throw new InvalidDataException("--batch must be a multiple of --micro" + (devices.Length > 1 ? $" times {devices.Length} devices" : ""));
            }

            if (parse.GetValue(embedding) is not (>= 0 and <= 1))
            {
                throw new InvalidDataException("--embedding-loss takes a number from 0 to 1");
            }

            ModelConfig shape = ModelConfig.Load(parse.GetValue(config)!);
            ModelFolder.Prepare(parse.GetValue(output)!, parse.GetValue(config)!, parse.GetValue(tokenizer));
            ScalarType type = devices[0].type == TorchSharp.DeviceType.CUDA ? ScalarType.BFloat16 : ScalarType.Float32;
            using Latents latents = parse.GetValue(from) is { } source ? LatentFiles.Load(shape, source, devices[0]) : Latents.Random(shape, parse.GetValue(seed), devices[0]);
            using var replicas = new Replicas(latents, Devices.Kernels(shape, devices, type, parse.GetValue(eager)), devices, type, parse.GetValue(embedding));
            var options = new TrainingOptions(parse.GetValue(output)!, parse.GetValue(micro), parse.GetValue(batch), parse.GetValue(steps), TimeSpan.FromMinutes(parse.GetValue(limit)),
                parse.GetValue(matrixRate), parse.GetValue(vectorRate), parse.GetValue(decay), parse.GetValue(middle), parse.GetValue(clip), new Schedule(parse.GetValue(warm), parse.GetValue(decayFrom)),
                parse.GetValue(every), TimeSpan.FromMinutes(parse.GetValue(export)), TimeSpan.FromMinutes(parse.GetValue(checkpoint)));
            Validation? measured = parse.GetValue(validation) is { } folder ? new Validation(folder, parse.GetValue(micro)) : null;
            using var trainer = new Trainer(replicas, new TokenData(parse.GetValue(data)!), measured, options, Console.Error);
            if (parse.GetValue(resume))
            {
                trainer.Resume();
            }

            trainer.Run(cancellation);
            return 0;
        });
        return command;
    }

    public static Option<int> Threads() => new("--threads") { Description = "Processors that libtorch takes; 0: all" };

    /// <summary>Loads libtorch and says how many processors it may take.</summary>
    public static void UseThreads(int threads)
    {
        TorchLibraries.Load();
        if (threads > 0)
        {
            set_num_threads(threads);
        }
    }
}
