using Tritter.Inference.Kernels;

namespace Tritter.Inference.Tests.Kernels;

public sealed class PortableMathTests
{
    private const double Tolerance = 4e-15;

    [Fact]
    public void Logarithms_are_those_of_the_C_library_but_for_the_last_bits()
    {
        var random = new Random(1);
        for (int i = 0; i < 10_000; i++)
        {
            double x = Math.Exp(random.NextDouble() * 200 - 100);
            AssertNear(Math.Log(x), PortableMath.Log(x));
        }

        Assert.Equal(0, PortableMath.Log(1));
        AssertNear(Math.Log(float.Epsilon), PortableMath.Log(float.Epsilon));
    }

    [Fact]
    public void Exponentials_are_those_of_the_C_library_but_for_the_last_bits()
    {
        var random = new Random(2);
        for (int i = 0; i < 10_000; i++)
        {
            double x = random.NextDouble() * 200 - 100;
            AssertNear(Math.Exp(x), PortableMath.Exp(x));
        }

        Assert.Equal(1, PortableMath.Exp(0));
    }

    /// <summary>What rotary embedding makes of both: floats, from which a few units in a double's last place are gone.</summary>
    [Theory]
    [InlineData(10_000)]
    [InlineData(500_000)]
    [InlineData(1_000_000)]
    public void Powers_rounded_to_float_are_those_of_the_C_library(float theta)
    {
        foreach (int headDim in new[] { 16, 20, 32, 48, 64, 80, 96, 128, 256 })
        {
            for (int i = 0; i < headDim / 2; i++)
            {
                float expected = (float)(1.0 / Math.Pow(theta, 2.0 * i / headDim));
                Assert.Equal(expected, (float)PortableMath.Exp(-2.0 * i / headDim * PortableMath.Log(theta)));
            }
        }
    }

    private static void AssertNear(double expected, double actual) =>
        Assert.InRange(actual, expected - Tolerance * Math.Abs(expected), expected + Tolerance * Math.Abs(expected));
}
