using Tritter.Inference.Kernels;

namespace Tritter.Inference.Sampling;

/// <summary>Chooses one token from logits. Deterministic for a seed: filters, then one draw, in an order that ties cannot change.</summary>
public sealed class Sampler(SamplingOptions options)
{
    private ulong _state = options.Seed;
    private (float Logit, int Token)[] _candidates = [];

    /// <param name="logits">[vocab]; negative infinity marks a token that must not be chosen.</param>
    /// <returns>The token, or -1 when every logit is negative infinity or NaN.</returns>
    public int Sample(ReadOnlySpan<float> logits)
    {
        int best = Greedy(logits);
        // Infinity less infinity is no number: an infinite logit wins whatever the temperature.
        return options.Temperature == 0 || best < 0 || float.IsPositiveInfinity(logits[best]) ? best : Draw(logits, logits[best]);
    }

    /// <summary>The first token with the largest logit.</summary>
    public static int Greedy(ReadOnlySpan<float> logits)
    {
        int best = -1;
        float max = float.NegativeInfinity;
        for (int i = 0; i < logits.Length; i++)
        {
            if (logits[i] > max)
            {
                (best, max) = (i, logits[i]);
            }
        }

        return best;
    }

    private int Draw(ReadOnlySpan<float> logits, float max)
    {
        Span<(float Logit, int Token)> kept = Candidates(logits, max);
        float sum = 0;
        for (int i = 0; i < kept.Length; i++)
        {
            kept[i].Logit = Exp.Scalar((kept[i].Logit - max) / options.Temperature);
            sum += kept[i].Logit;
        }

        (int length, sum) = KeepTopP(kept, sum);
        float target = NextUniform() * sum;
        foreach ((float weight, int token) in kept[..length])
        {
            target -= weight;
            if (target < 0)
            {
                return token;
            }
        }

        return kept[length - 1].Token;
    }

    /// <summary>Tokens that min-p and top-k leave, likeliest first.</summary>
    private Span<(float Logit, int Token)> Candidates(ReadOnlySpan<float> logits, float max)
    {
        if (_candidates.Length < logits.Length)
        {
            _candidates = new (float, int)[logits.Length];
        }

        // p_i / p_max = exp((l_i - l_max) / T) >= minP
        float lowest = options.MinP > 0 ? max + (float)PortableMath.Log(options.MinP) * options.Temperature : float.NegativeInfinity;
        int count = 0;
        for (int i = 0; i < logits.Length; i++)
        {
            if (logits[i] > float.NegativeInfinity && logits[i] >= lowest)
            {
                _candidates[count++] = (logits[i], i);
            }
        }

        Span<(float Logit, int Token)> kept = _candidates.AsSpan(0, count);
        kept.Sort(static (a, b) => a.Logit != b.Logit ? b.Logit.CompareTo(a.Logit) : a.Token.CompareTo(b.Token));
        return options.TopK > 0 && options.TopK < count ? kept[..options.TopK] : kept;
    }

    /// <summary>How many of the likeliest tokens reach top-p of the weight, and what they weigh.</summary>
    private (int Length, float Sum) KeepTopP(ReadOnlySpan<(float Weight, int Token)> kept, float sum)
    {
        float enough = options.TopP * sum;
        float seen = 0;
        for (int i = 0; i < kept.Length && options.TopP < 1; i++)
        {
            seen += kept[i].Weight;
            if (seen >= enough)
            {
                return (i + 1, seen);
            }
        }

        return (kept.Length, sum);
    }

    /// <summary>A number in [0, 1): 24 bits of SplitMix64 (Steele, Lea and Flood 2014).</summary>
    private float NextUniform()
    {
        _state += 0x9E3779B97F4A7C15;
        ulong z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return (float)((z ^ (z >> 31)) >> 40) / (1 << 24);
    }
}
