using System.Diagnostics;
using Tritter.Inference.Sampling;

namespace Tritter.Inference.Generation;

/// <summary>The one decode loop: everything that generates text goes through it.</summary>
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
        var generated = new List<int>();
        StopReason reason = StopReason.Length;
        while (generated.Count < options.MaxTokens)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int token = Choose(session.Logits, options, sampler, generated);
            if (token < 0 || options.StopTokens.Contains(token))
            {
                reason = token < 0 ? StopReason.NoToken : StopReason.StopToken;
                break;
            }

            generated.Add(token);
            if (!onToken(token))
            {
                reason = StopReason.Caller;
                break;
            }

            if (generated.Count == options.MaxTokens || session.Tokens.Count == session.Capacity)
            {
                break;
            }

            session.Append(token);
        }

        return new GenerationResult(reason, prompt.Length, cached, generated.Count, prefill, Stopwatch.GetElapsedTime(start) - prefill);
    }

    private static int Choose(Span<float> logits, GenerationOptions options, Sampler sampler, List<int> generated)
    {
        // By index: an enumerator behind an interface is an object for every token.
        for (int i = 0; i < options.SuppressedTokens.Count; i++)
        {
            logits[options.SuppressedTokens[i]] = float.NegativeInfinity;
        }

        options.Rule?.Invoke(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(generated), logits);
        return sampler.Sample(logits);
    }
}
