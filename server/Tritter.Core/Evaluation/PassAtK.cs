namespace Tritter.Core.Evaluation;

/// <summary>pass@k: how likely one of k samples of a problem passes its tests (arXiv:2107.03374, equation 1).</summary>
public static class PassAtK
{
    /// <summary>The unbiased estimate 1 - C(n - c, k) / C(n, k), as a product that no factorial overflows.</summary>
    /// <param name="samples">n, at least <paramref name="k"/>.</param>
    /// <param name="passed">c, of them.</param>
    public static double Estimate(int samples, int passed, int k)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(samples, k);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)passed, (uint)samples, nameof(passed));
        double none = 1;
        for (int i = 0; i < k; i++)
        {
            none *= Math.Max(0, samples - passed - i) / (double)(samples - i);
        }

        return 1 - none;
    }
}
