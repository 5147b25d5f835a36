using System.Runtime.InteropServices;

namespace Tritter.Inference.Tests;

/// <summary>Comparisons of floats that leave no tolerance: not even -0 is 0.</summary>
internal static class Bits
{
    public static int[] Of(ReadOnlySpan<float> floats) => MemoryMarshal.Cast<float, int>(floats).ToArray();

    /// <summary>Fails at the first place that differs.</summary>
    /// <param name="what">Case that the message names.</param>
    public static void AssertEqual(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        int same = MemoryMarshal.Cast<float, int>(expected).CommonPrefixLength(MemoryMarshal.Cast<float, int>(actual));
        if (same < expected.Length)
        {
            Assert.Fail($"{what}: element {same} of {expected.Length} is {actual[same]:R}, expected the bits of {expected[same]:R}");
        }
    }
}
