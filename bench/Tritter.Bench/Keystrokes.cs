using System.Diagnostics;
using Tritter.Inference;
using Tritter.Inference.Generation;

namespace Tritter.Bench;

/// <summary>
/// What a keystroke costs when everything before it is in the KV cache: a prompt of <see cref="PromptTokens"/> tokens of source code grows by
/// a token at a time, and after each the model completes.
/// </summary>
internal static class Keystrokes
{
    private const int PromptTokens = 3000;
    private const int CompletedTokens = 16;

    public static void Run(string model, int count, IEnumerable<string> sources, TextWriter output)
    {
        using InferenceEngine engine = InferenceEngine.Load(model);
        int[] tokens = [.. SourceFiles.Find(sources).SelectMany(file => engine.Tokenizer.Encode(SourceFiles.Read(file)))];
        if (tokens.Length < PromptTokens + count)
        {
            throw new InvalidOperationException($"the files have {tokens.Length} tokens; {PromptTokens + count} are needed");
        }

        using Session session = engine.OpenSession(PromptTokens + count + CompletedTokens);
        var options = new GenerationOptions { MaxTokens = CompletedTokens, StopTokens = new HashSet<int>() };
        var first = new List<double>();
        var all = new List<double>();
        // The first few read the prompt and compile the code.
        for (int i = -3; i < count; i++)
        {
            long start = Stopwatch.GetTimestamp();
            double untilFirst = 0;
            Generator.Generate(session, tokens.AsSpan(0, PromptTokens + Math.Max(i, 0)), options, _ =>
            {
                untilFirst = untilFirst == 0 ? Stopwatch.GetElapsedTime(start).TotalMilliseconds : untilFirst;
                return true;
            }, CancellationToken.None);
            if (i >= 0)
            {
                first.Add(untilFirst);
                all.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
        }

        output.WriteLine($"{count} keystrokes after {PromptTokens} tokens: first token {Spread(first)}, {CompletedTokens} tokens {Spread(all)}");
    }

    private static string Spread(List<double> milliseconds)
    {
        milliseconds.Sort();
        return $"p50 {milliseconds[milliseconds.Count / 2]:F1} ms, p95 {milliseconds[milliseconds.Count * 95 / 100]:F1} ms";
    }
}
