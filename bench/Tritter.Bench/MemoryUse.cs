using System.Globalization;
using Tritter.Inference;
using Tritter.Inference.Generation;

namespace Tritter.Bench;

/// <summary>What the process takes after loading a model and with contexts of several lengths.</summary>
internal static class MemoryUse
{
    private const int Decoded = 64;
    private static readonly int[] _contexts = [4096, 32768];

    public static void Run(string model, TextWriter output)
    {
        output.WriteLine($"before loading: {ProcessMemory.Describe()}");
        using InferenceEngine engine = InferenceEngine.Load(model);
        output.WriteLine($"loaded: {ProcessMemory.Describe()}");
        var random = new Random(1);
        int[] prompt = [.. Enumerable.Range(0, _contexts.Max()).Select(_ => random.Next(engine.Config.VocabSize))];
        var options = new GenerationOptions { MaxTokens = Decoded, StopTokens = new HashSet<int>() };
        foreach (int context in _contexts.Where(c => c <= engine.Config.MaxPositions))
        {
            using Session session = engine.OpenSession(context);
            Generator.Generate(session, prompt.AsSpan(0, context - Decoded), options, _ => true, CancellationToken.None);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"context of {context} tokens: {ProcessMemory.Describe()}, keys and values {engine.KvBytes / 1e6:F1} MB"));
        }
    }
}
