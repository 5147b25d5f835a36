using Tritter.Core.Completion;
using Tritter.Core.Documents;
using Tritter.Inference;
using Tritter.Inference.Generation;

namespace Tritter.Bench;

/// <summary>
/// What guessing ahead brings: tokens a second with and without, in turn, on code cut at seeded places and on random tokens, where there is
/// nothing to guess. The tokens have to be the same.
/// </summary>
internal static class Speculation
{
    private const int MaxTokens = 64;

    public static void Run(string model, int count, IEnumerable<string> sources, TextWriter output)
    {
        string[] files = SourceFiles.Find(sources);
        using InferenceEngine engine = InferenceEngine.Load(model);
        var random = new Random(1);
        Measure("code", engine, count, output, () =>
        {
            (Document document, int offset, _) = LayoutComparison.Cut(files, random);
            return [.. FimPrompt.Build(engine, FimLayout.SuffixFirst, null, [], document.Path, document.Text[..offset], document.Text[offset..]).Tokens];
        });
        Measure("random tokens", engine, count, output, () => [.. Enumerable.Range(0, 500).Select(_ => random.Next(16, engine.Config.VocabSize))]);
    }

    private static void Measure(string name, InferenceEngine engine, int count, TextWriter output, Func<int[]> next)
    {
        using Session session = engine.OpenSession(8192);
        var plain = new GenerationOptions { MaxTokens = MaxTokens, StopTokens = engine.Defaults.StopTokens, Speculate = false };
        GenerationOptions ahead = plain with { Speculate = true };
        Span<double> seconds = [0, 0];
        var ratios = new List<double>();
        int tokens = 0, guessed = 0, right = 0;
        for (int i = -3; i < count; i++)
        {
            int[] prompt = next();
            // The one that goes first reads the prompt for both; who that is changes.
            (GenerationResult Result, List<int> Tokens) a, b;
            (a, b) = i % 2 == 0 ? (Decode(session, prompt, plain), Decode(session, prompt, ahead)) : Swap(Decode(session, prompt, ahead), Decode(session, prompt, plain));
            if (!a.Tokens.SequenceEqual(b.Tokens))
            {
                throw new InvalidOperationException($"guessing ahead changed the tokens of prompt {i}");
            }

            // The first few compile the code.
            if (i >= 0 && a.Tokens.Count > 0)
            {
                (seconds[0], seconds[1]) = (seconds[0] + a.Result.Decode.TotalSeconds, seconds[1] + b.Result.Decode.TotalSeconds);
                ratios.Add(a.Result.Decode / b.Result.Decode);
                (tokens, guessed, right) = (tokens + a.Tokens.Count, guessed + b.Result.GuessedTokens, right + b.Result.RightGuesses);
            }
        }

        ratios.Sort();
        output.WriteLine($"{name}: {tokens / seconds[0]:F0} tokens/s plain, {tokens / seconds[1]:F0} guessing ahead: {seconds[0] / seconds[1]:F2} times; per prompt median {ratios[ratios.Count / 2]:F2}, lowest decile {ratios[ratios.Count / 10]:F2}, highest {ratios[^(1 + ratios.Count / 10)]:F2}; {right} of {guessed} guesses right, {tokens} tokens");
    }

    private static (T, T) Swap<T>(T first, T second) => (second, first);

    private static (GenerationResult Result, List<int> Tokens) Decode(Session session, int[] prompt, GenerationOptions options)
    {
        var tokens = new List<int>();
        GenerationResult result = Generator.Generate(session, prompt, options, token =>
        {
            tokens.Add(token);
            return true;
        }, CancellationToken.None);
        return (result, tokens);
    }
}
