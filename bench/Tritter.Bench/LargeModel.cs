using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Tritter.Inference.Benchmark;
using Tritter.Inference.Generation;
using Tritter.Inference.Kernels;
using Tritter.Inference.KvCache;
using Tritter.Inference.Model;

namespace Tritter.Bench;

/// <summary>A model larger than the memory that it may have: writes one, and decodes with layers left in the file.</summary>
internal static class LargeModel
{
    private const int Prompt = 128;
    private const int Decoded = 16;

    /// <param name="shape">100m, 2b or 7b.</param>
    public static void Write(string directory, string shape, TextWriter output)
    {
        ModelConfig config = shape switch { "100m" => BenchmarkShapes.Small, "2b" => BenchmarkShapes.Large, "7b" => BenchmarkShapes.SevenBillion, _ => throw new ArgumentException($"no shape {shape}") };
        RandomModelFile.Write(directory, config, seed: 1);
        output.WriteLine($"{new FileInfo(Path.Combine(directory, "model.safetensors")).Length} bytes, {TritterModel.TernaryBytes(config)} of them ternary weights");
    }

    /// <param name="gigabytes">The budget; null for what is usual.</param>
    public static void Run(string directory, double? gigabytes, TextWriter output)
    {
        output.WriteLine($"before loading: {ProcessMemory.Describe()}");
        long start = Stopwatch.GetTimestamp();
        using TritterModel model = TritterModel.Load(directory, gigabytes is { } g ? (long)(g * 1e9) : null);
        output.WriteLine(model.Placement?.ToString() ?? "all layers are in memory");
        output.WriteLine(Invariant($"loaded in {Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s: {ProcessMemory.Describe()}"));
        using var team = new ThreadTeam(Environment.ProcessorCount);
        using var tree = new PrefixTree(new KvLayout(model.Config, KvPrecision.Int8), 0);
        using var session = new Session(model, team, tree, Prompt + Decoded);
        var random = new Random(1);
        start = Stopwatch.GetTimestamp();
        session.Read([.. Enumerable.Range(0, Prompt).Select(_ => random.Next(model.Config.VocabSize))], CancellationToken.None);
        output.WriteLine(Invariant($"{Prompt} tokens read at {Prompt / Stopwatch.GetElapsedTime(start).TotalSeconds:F1} tokens/s: {ProcessMemory.Describe()}"));
        using var bits = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        start = Stopwatch.GetTimestamp();
        for (int i = 0; i < Decoded; i++)
        {
            session.Append(session.Likeliest);
            bits.AppendData(MemoryMarshal.AsBytes(session.Logits));
        }

        output.WriteLine(Invariant($"{Decoded} tokens decoded at {Decoded / Stopwatch.GetElapsedTime(start).TotalSeconds:F2} tokens/s: {ProcessMemory.Describe()}"));
        output.WriteLine($"SHA-256 of all their logits: {Convert.ToHexStringLower(bits.GetHashAndReset())}");
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
