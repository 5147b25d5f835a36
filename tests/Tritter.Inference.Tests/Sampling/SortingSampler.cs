using Tritter.Inference.Kernels;
using Tritter.Inference.Sampling;

namespace Tritter.Inference.Tests.Sampling;

/// <summary>The draw as it is defined: the whole vocabulary sorted and weighed. What <see cref="Sampler"/> and a device leave out must make no difference to it.</summary>
internal sealed class SortingSampler(SamplingOptions options)
{
    private ulong _state = options.Seed;

    public int Sample(ReadOnlySpan<float> logits)
    {
        int best = Sampler.Greedy(logits);
        if (options.Temperature == 0 || best < 0 || float.IsPositiveInfinity(logits[best]))
        {
            return best;
        }

        float max = logits[best], lowest = options.MinP > 0 ? max + (float)PortableMath.Log(options.MinP) * options.Temperature : float.NegativeInfinity;
        var kept = new List<(float Logit, int Token)>();
        for (int i = 0; i < logits.Length; i++)
        {
            if (logits[i] > float.NegativeInfinity && logits[i] >= lowest)
            {
                kept.Add((logits[i], i));
            }
        }

        kept.Sort(static (a, b) => a.Logit != b.Logit ? b.Logit.CompareTo(a.Logit) : a.Token.CompareTo(b.Token));
        float[] weights = [.. kept.Take(options.TopK > 0 ? options.TopK : int.MaxValue).Select(k => Exp.Scalar((k.Logit - max) / options.Temperature))];
        float sum = weights.Aggregate(0f, (sum, w) => sum + w), seen = 0;
        int length = weights.Length;
        for (int i = 0; i < weights.Length && options.TopP < 1; i++)
        {
            seen += weights[i];
            if (seen >= options.TopP * sum)
            {
                (length, sum) = (i + 1, seen);
                break;
            }
        }

        float target = NextUniform() * sum;
        for (int i = 0; i < length; i++)
        {
            target -= weights[i];
            if (target < 0)
            {
                return kept[i].Token;
            }
        }

        return kept[length - 1].Token;
    }

    /// <summary>In [0, 1).</summary>
    public float NextUniform()
    {
        _state += 0x9E3779B97F4A7C15;
        ulong z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return (float)((z ^ (z >> 31)) >> 40) / (1 << 24);
    }
}
