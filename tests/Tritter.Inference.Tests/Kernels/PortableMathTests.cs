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

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(16)]
    [InlineData(10_000)]
    public void Several_exponentials_at_a_time_have_the_bits_of_each_by_itself(int count)
    {
        Assert.SkipUnless(System.Runtime.Intrinsics.Vector256.IsHardwareAccelerated, "this processor has no vectors of 256 bits");
        var random = new Random(count);
        double[] x = [.. Enumerable.Range(0, count).Select(i => i % 5 == 4 ? -random.Next(30) : random.NextDouble() * 1400 - 700)];
        double[] vector = [.. x], scalar = [.. x], either = [.. x];

        PortableMath.ExpVector(vector);
        PortableMath.ExpScalar(scalar);
        PortableMath.Exp(either);

        Assert.Equal(x.Select(v => BitConverter.DoubleToInt64Bits(PortableMath.Exp(v))), vector.Select(BitConverter.DoubleToInt64Bits));
        Assert.Equal(vector.Select(BitConverter.DoubleToInt64Bits), scalar.Select(BitConverter.DoubleToInt64Bits));
        Assert.Equal(vector.Select(BitConverter.DoubleToInt64Bits), either.Select(BitConverter.DoubleToInt64Bits));
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
