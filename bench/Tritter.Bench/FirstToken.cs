using System.Diagnostics;
using System.Text.Json;
using Tritter.Inference.Benchmark;
using Tritter.Inference.Generation;
using Tritter.Inference.Sampling;

namespace Tritter.Bench;

/// <summary>
/// Milliseconds from a prompt to its first token, when the KV cache still holds a prompt that differs in some way. The shape is
/// <see cref="BenchmarkShapes.Small"/> with random weights; the cases are those of bench/first-token.mjs, in the same order.
/// </summary>
internal static class FirstToken
{
    private const int PromptTokens = 2048;
    private const int InsertedAt = 1536;
    private const int DecodedTokens = 32;

    // A prompt as an editor sends it: context, what follows the cursor, what precedes it.
    private const int SuffixTokens = 512;
    private const int PrefixTokens = 512;

    /// <summary>Prints one JSON object: an array of milliseconds, one a round, for each case. One more round warms up and is not counted.</summary>
    public static void Run(int threads, int rounds, TextWriter output)
    {
        using SpeedBenchmark bench = SpeedBenchmark.OfShape(BenchmarkShapes.Small, threads);
        using Session session = bench.OpenSession(2 * PromptTokens);
        var random = new Random(1);
        var milliseconds = new Dictionary<string, List<double>>();
        for (int round = 0; round <= rounds; round++)
        {
            foreach ((string name, double value) in Round(session, random))
            {
                if (round > 0)
                {
                    milliseconds.TryAdd(name, []);
                    milliseconds[name].Add(value);
                }
            }
        }

        output.WriteLine(JsonSerializer.Serialize(milliseconds));
    }

    private static IEnumerable<(string Case, double Milliseconds)> Round(Session session, Random random)
    {
        int[] prompt = Tokens(PromptTokens, random);
        yield return ("cold", Read(session, prompt));
        yield return ("decode", Decode(session));
        yield return ("same", Read(session, prompt));
        yield return ("append1", Read(session, [.. prompt, .. Tokens(1, random)]));
        yield return ("append16", Read(session, [.. prompt, .. Tokens(16, random)]));
        Read(session, prompt);
        yield return ("insert4", Read(session, [.. prompt[..InsertedAt], .. Tokens(4, random), .. prompt[InsertedAt..]]));
        int[] context = prompt[..^(SuffixTokens + PrefixTokens)];
        int[] suffix = Tokens(SuffixTokens, random), prefix = Tokens(PrefixTokens, random);
        Read(session, [.. context, .. suffix, .. prefix]);
        yield return ("edit4", Read(session, [.. context, .. suffix, .. prefix[..(PrefixTokens / 2)], .. Tokens(4, random), .. prefix[(PrefixTokens / 2)..]]));
    }

    /// <summary>Until the first token is chosen; what the session shares with <paramref name="prompt"/> is not read again.</summary>
    private static double Read(Session session, int[] prompt)
    {
        long start = Stopwatch.GetTimestamp();
        session.Read(prompt, CancellationToken.None);
        Sampler.Greedy(session.Logits);
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    /// <summary>From the first token, which <see cref="Read"/> has chosen, to the last of <see cref="DecodedTokens"/>.</summary>
    private static double Decode(Session session)
    {
        int token = Sampler.Greedy(session.Logits);
        long start = Stopwatch.GetTimestamp();
        for (int i = 1; i < DecodedTokens; i++)
        {
            session.Append(token);
            token = Sampler.Greedy(session.Logits);
        }

        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static int[] Tokens(int count, Random random) =>
        Enumerable.Range(0, count).Select(_ => random.Next(BenchmarkShapes.Small.VocabSize)).ToArray();
}
