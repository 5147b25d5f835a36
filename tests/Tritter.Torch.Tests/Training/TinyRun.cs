using Tritter.Inference.Model;
using Tritter.Torch.Model;
using Tritter.Torch.Packing;
using Tritter.Torch.Training;
using static TorchSharp.torch;

namespace Tritter.Torch.Tests.Training;

/// <summary>A run that takes a second: the shape of the tiny fixture, and sequences of a text that repeats itself.</summary>
internal sealed class TinyRun : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("tritter-run-").FullName;

    public TinyRun()
    {
        Directory.CreateDirectory(Data);
        var random = new Random(5);
        List<(ushort[], TokenMarks[])> sequences = [.. Enumerable.Range(0, 23).Select(_ => Sequence(random))];
        TokenShard.Write(Path.Combine(Data, "train-00-0000.tokens"), 32, sequences);
        TokenShard.Write(Path.Combine(Data, "val-cs.tokens"), 32, sequences.GetRange(0, 2));
    }

    public static string Config { get; } = Path.Combine(Checkout.Root, "tests", "fixtures", "tritter-tiny", "config.json");

    public string Data => Path.Combine(_root, "data");

    public static Latents Latents(long seed) => Model.Latents.Random(ModelConfig.Load(Config), seed, CPU);

    public string Folder(string name) => Path.Combine(_root, name);

    /// <param name="count">Copies of the model, all on the processor.</param>
    public static Replicas Replicas(Latents latents, int count) => new(latents, [.. Enumerable.Repeat(0, count).Select(_ => new EagerKernels(latents.Config, ScalarType.Float32))],
        [.. Enumerable.Repeat(CPU, count)], ScalarType.Float32);

    public Trainer Trainer(Replicas replicas, string output, long steps, TextWriter log)
    {
        var options = new TrainingOptions(Folder(output), 2, 4, steps, TimeSpan.Zero, 0.02, 2e-3, 0.01, 3, 1, new Schedule(0.1, 0.5), 0, TimeSpan.Zero, TimeSpan.Zero);
        return new Trainer(replicas, new TokenData(Data), new Validation(Data, 2), options, log);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static (ushort[], TokenMarks[]) Sequence(Random random)
    {
        int start = random.Next(500);
        var marks = new TokenMarks[32];
        marks[0] = marks[20] = TokenMarks.Start;
        return ([.. Enumerable.Range(0, 32).Select(i => (ushort)(start + i % 7))], marks);
    }
}
