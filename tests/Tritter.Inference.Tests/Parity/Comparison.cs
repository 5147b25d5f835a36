namespace Tritter.Inference.Tests.Parity;

/// <summary>Distances between what we computed and what the reference did.</summary>
internal static class Comparison
{
    /// <summary>|actual - expected| / |expected|, both Euclidean.</summary>
    public static double RelativeL2(ReadOnlySpan<float> actual, ReadOnlySpan<float> expected)
    {
        Assert.Equal(expected.Length, actual.Length);
        double difference = 0, norm = 0;
        for (int i = 0; i < actual.Length; i++)
        {
            difference += Math.Pow((double)actual[i] - expected[i], 2);
            norm += Math.Pow(expected[i], 2);
        }

        return Math.Sqrt(difference / norm);
    }
}
