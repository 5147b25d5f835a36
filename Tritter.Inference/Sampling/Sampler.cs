using System.Runtime.InteropServices;
using Tritter.Inference.Kernels;

namespace Tritter.Inference.Sampling;

/// <summary>Chooses one token from logits. Deterministic for a seed: filters, then one draw, in an order that ties cannot change.</summary>
/// <remarks>
/// Few tokens of a vocabulary take part in a draw. The likeliest weighs 1, so what weighs less than 2^-24 leaves the sum of the likelier ones as it is, to the last bit:
/// such tokens are only looked at when a draw comes to the end of all others, as rounding has it once in many thousands.
/// </remarks>
public sealed class Sampler(SamplingOptions options)
{
    /// <summary>e^-17 is under 2^-24 by a third, more than rounding of logits, temperature and exponentials can make of it.</summary>
    private const float Reach = 17;

    /// <summary>Candidates that are sorted at a time at least where top-k leaves few.</summary>
    private const int FewestSorted = 256;

    private readonly List<ulong> _found = [];
    private float[] _weights = [];
    private ulong _state = options.Seed;

    /// <summary>Which tokens <see cref="Choose"/> decides by.</summary>
    internal CandidateLimits Needs => options.Temperature == 0 ? new CandidateLimits(0, 1) : new CandidateLimits(MathF.Max(BelowByMinP, -Reach * options.Temperature), options.TopK);

    /// <summary>p_i / p_max = exp((l_i - l_max) / T) &gt;= minP.</summary>
    private float BelowByMinP => options.MinP > 0 ? (float)PortableMath.Log(options.MinP) * options.Temperature : float.NegativeInfinity;

    /// <param name="logits">[vocab]; negative infinity marks a token that must not be chosen.</param>
    /// <returns>The token, or -1 when every logit is negative infinity or NaN.</returns>
    public int Sample(ReadOnlySpan<float> logits)
    {
        int best = Greedy(logits);
        if (options.Temperature == 0 || best < 0)
        {
            return best;
        }

        Find(logits, logits[best] + Needs.Below);
        if (Choose(_found) is { } token)
        {
            return token;
        }

        Find(logits, logits[best] + BelowByMinP);
        return Draw(_found, isAll: true)!.Value;
    }

    /// <summary>The same of what <see cref="Needs"/> asks for.</summary>
    /// <param name="candidates">As <see cref="Candidate"/> makes them, in any order, which is changed.</param>
    /// <returns>The token, -1 when there is no candidate, or null when others are needed too: then all logits have to be sampled.</returns>
    internal int? Choose(List<ulong> candidates) =>
        candidates.Count == 0 ? -1 : Draw(candidates, isAll: options.Temperature == 0 || options.TopP < 1 || BelowByMinP >= -Reach * options.Temperature);

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

    /// <param name="isAll">Whether min-p, top-k and top-p leave no token beside these.</param>
    private int? Draw(List<ulong> candidates, bool isAll)
    {
        Span<ulong> kept = CollectionsMarshal.AsSpan(candidates);
        kept.Sort();
        float max = Candidate.Logit(kept[0]);
        // Infinity less infinity is no number: an infinite logit wins whatever the temperature.
        if (options.Temperature == 0 || float.IsPositiveInfinity(max))
        {
            return Candidate.Token(kept[0]);
        }

        if (options.TopK > 0 && options.TopK <= kept.Length)
        {
            kept = kept[..options.TopK];
            isAll = true;
        }

        if (_weights.Length < kept.Length)
        {
            _weights = new float[Math.Max(kept.Length, 2 * _weights.Length)];
        }

        Span<float> weights = _weights.AsSpan(0, kept.Length);
        float sum = 0;
        for (int i = 0; i < kept.Length; i++)
        {
            weights[i] = Exp.Scalar((Candidate.Logit(kept[i]) - max) / options.Temperature);
            sum += weights[i];
        }

        (int length, sum) = KeepTopP(weights, sum);
        ulong next = _state + 0x9E3779B97F4A7C15;
        float target = Uniform(next) * sum;
        for (int i = 0; i < length; i++)
        {
            target -= weights[i];
            if (target < 0)
            {
                _state = next;
                return Candidate.Token(kept[i]);
            }
        }

        if (!isAll)
        {
            return null;
        }

        _state = next;
        return Candidate.Token(kept[length - 1]);
    }

    /// <summary>Tokens with logits from <paramref name="lowest"/> on; of many the likeliest ones, among which are all that top-k keeps.</summary>
    private void Find(ReadOnlySpan<float> logits, float lowest)
    {
        _found.Clear();
        int room = options.TopK > 0 ? (int)Math.Min(int.MaxValue, FewestSorted + 2L * options.TopK) : int.MaxValue;
        for (int i = 0; i < logits.Length; i++)
        {
            if (logits[i] >= lowest && logits[i] > float.NegativeInfinity)
            {
                _found.Add(Candidate.Of(logits[i], i));
                if (_found.Count == room)
                {
                    _found.Sort();
                    CollectionsMarshal.SetCount(_found, options.TopK);
                    // Of equal ones those that come later are not among the first k.
                    lowest = MathF.BitIncrement(Candidate.Logit(_found[^1]));
                }
            }
        }
    }

    /// <summary>How many of the likeliest tokens reach top-p of the weight, and what they weigh.</summary>
    private (int Length, float Sum) KeepTopP(ReadOnlySpan<float> weights, float sum)
    {
        float enough = options.TopP * sum;
        float seen = 0;
        for (int i = 0; i < weights.Length && options.TopP < 1; i++)
        {
            seen += weights[i];
            if (seen >= enough)
            {
                return (i + 1, seen);
            }
        }

        return (weights.Length, sum);
    }

    /// <summary>A number in [0, 1): 24 bits of SplitMix64 (Steele, Lea and Flood 2014).</summary>
    private static float Uniform(ulong state)
    {
        ulong z = state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return (float)((z ^ (z >> 31)) >> 40) / (1 << 24);
    }
}
