using Tritter.Inference.Kernels;

namespace Tritter.Inference.Sampling;

/// <summary>What a model's scores say of its choice.</summary>
internal static class LogProbability
{
    /// <summary>Below the highest logit by more than this, a token's share is under a billionth and is not added up.</summary>
    private const float Reach = 21;

    /// <summary>Exponentials that are computed together.</summary>
    private const int AtATime = 256;

    /// <summary>log Σ exp(logit): a token's log-probability is its logit less this. The same bits on every machine.</summary>
    /// <param name="logits">[vocab]; at least one is finite.</param>
    public static double Normalizer(ReadOnlySpan<float> logits)
    {
        float highest = float.NegativeInfinity;
        foreach (float logit in logits)
        {
            highest = MathF.Max(highest, logit);
        }

        double sum = 0;
        Span<double> some = stackalloc double[AtATime];
        int count = 0;
        foreach (float logit in logits)
        {
            if (logit > highest - Reach)
            {
                some[count++] = (double)logit - highest;
                if (count == AtATime)
                {
                    sum = Add(sum, some);
                    count = 0;
                }
            }
        }

        return highest + PortableMath.Log(Add(sum, some[..count]));
    }

    /// <summary>In the tokens' order, whatever computes several exponentials at a time.</summary>
    private static double Add(double sum, Span<double> differences)
    {
        PortableMath.Exp(differences);
        foreach (double weight in differences)
        {
            sum += weight;
        }

        return sum;
    }
}
