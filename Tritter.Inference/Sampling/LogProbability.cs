using Tritter.Inference.Kernels;

namespace Tritter.Inference.Sampling;

/// <summary>What a model's scores say of its choice.</summary>
internal static class LogProbability
{
    /// <summary>Below the highest logit by more than this, a token's share is under a billionth and is not added up.</summary>
    private const float Reach = 21;

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
        foreach (float logit in logits)
        {
            if (logit > highest - Reach)
            {
                sum += PortableMath.Exp((double)logit - highest);
            }
        }

        return highest + PortableMath.Log(sum);
    }
}
