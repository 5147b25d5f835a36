using System.Diagnostics;
using Tritter.Inference.Model;
using Tritter.Inference.Sampling;

namespace Tritter.Inference.Generation;

/// <summary>
/// The one decode loop: everything that generates text goes through it. Greedy decoding guesses several tokens ahead and checks them in one
/// pass (<see cref="PromptLookup"/>); the tokens are the same, since a guess counts only where the model would have chosen it.
/// </summary>
public static class Generator
{
    /// <summary>Reads the prompt and reports one token after another until something ends it.</summary>
    /// <param name="onToken">Called with each token; false ends the generation.</param>
    /// <exception cref="OperationCanceledException">Cancelled; checked between prefill chunks and before every token.</exception>
    public static GenerationResult Generate(
        Session session, ReadOnlySpan<int> prompt, GenerationOptions options, Func<int, bool> onToken, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        int cached = session.Read(prompt, cancellationToken);
        TimeSpan prefill = Stopwatch.GetElapsedTime(start);
        var sampler = new Sampler(options.Sampling);
        PromptLookup? lookup = options.Speculate && session.ChunksAreCheap && options.Sampling.Temperature == 0 ? new PromptLookup() : null;
        var generated = new List<int>();
        // The tokens that the last pass guessed, and how many of the rows of logits behind them are used: row 0 follows what is certain.
        Span<int> pass = stackalloc int[PromptLookup.MaxLength + 1];
        int guessed = 0, row = 0, guesses = 0, right = 0, held = prompt.Length;
        StopReason? reason = null;
        while (reason is null && generated.Count < options.MaxTokens)
        {
            cancellationToken.ThrowIfCancellationRequested();
            held = prompt.Length + generated.Count;
            (int token, double logProbability) = Choose(session, row, guessed + 1, options, sampler, generated);
            if (token < 0 || options.StopTokens.Contains(token))
            {
                reason = token < 0 ? StopReason.NoToken : StopReason.StopToken;
                break;
            }

            generated.Add(token);
            options.LogProbabilities?.Add(logProbability);
            if (!onToken(token))
            {
                reason = StopReason.Caller;
            }
            else if (generated.Count == options.MaxTokens || held == session.Capacity)
            {
                reason = StopReason.Length;
            }
            else if (row < guessed && pass[row + 1] == token)
            {
                row++;
                right++;
            }
            else
            {
                lookup?.LearnIfAny(guessed, row);
                (guessed, row) = (0, 0);
                session.Truncate(held);
                pass[0] = token;
                if (lookup is not null)
                {
                    int most = Math.Min(options.MaxTokens - generated.Count, session.Capacity - held) - 1;
                    guessed = lookup.Guess(session.TokenSpan, token, options.Earlier.Span, most, pass[1..]);
                    guesses += guessed;
                }

                session.Append(pass[..(guessed + 1)], guessed == 0 ? LogitsOf.Last : LogitsOf.All);
            }
        }

        // What was guessed wrong, or never asked for, does not stay in the text.
        session.Truncate(Math.Min(session.Tokens.Count, held));
        return new GenerationResult(reason ?? StopReason.Length, prompt.Length, cached, generated.Count, prefill, Stopwatch.GetElapsedTime(start) - prefill)
        {
            GuessedTokens = guesses,
            RightGuesses = right,
        };
    }

    /// <param name="row">Of <paramref name="rows"/> of logits, the one to look at.</param>
    private static (int Token, double LogProbability) Choose(Session session, int row, int rows, GenerationOptions options, Sampler sampler, List<int> generated)
    {
        bool looksAtAll = options is not { OnLogits: null, Rule: null, LogProbabilities: null };
        if (!looksAtAll && rows == 1 && session.Choose(sampler, options.SuppressedTokens) is { } found)
        {
            return (found, 0);
        }

        Span<float> all = session.Logits;
        int vocabulary = all.Length / rows;
        Span<float> logits = all.Slice(row * vocabulary, vocabulary);
        double normalizer = options.LogProbabilities is null ? 0 : LogProbability.Normalizer(logits);
        options.OnLogits?.Invoke(logits);
        // By index: an enumerator behind an interface is an object for every token.
        for (int i = 0; i < options.SuppressedTokens.Count; i++)
        {
            logits[options.SuppressedTokens[i]] = float.NegativeInfinity;
        }

        options.Rule?.Invoke(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(generated), logits);
        int token = sampler.Sample(logits);
        return (token, token < 0 ? 0 : logits[token] - normalizer);
    }
}
