using System.Runtime.Intrinsics;
using Tritter.Inference.Kernels;

namespace Tritter.Inference.Tests.Kernels;

public sealed class ExpTests
{
    /// <summary>Arguments from -87 to 0, many of them close to 0 where a softmax has most of its weight.</summary>
    private static readonly float[] _arguments =
        [.. Enumerable.Range(0, 64 * 1024).Select(i => -87f * i / (64 * 1024 - 1)), .. Enumerable.Range(0, 16 * 1024).Select(i => -MathF.ScaleB(1, -i % 40) * (i / 16384f))];

    [Fact]
    public void Error_is_at_most_2_units_in_the_last_place()
    {
        foreach (float x in _arguments)
        {
            double exact = Math.Exp(x);
            double unit = MathF.BitIncrement((float)exact) - (float)exact;
            Assert.InRange((Exp.Scalar(x) - exact) / unit, -2, 2);
        }
    }

    [Fact]
    public void Vector_form_has_the_scalar_bits()
    {
        float[] x = [.. _arguments, 0f, -0f, -87f, -87.5f, -1000f, float.MinValue, float.NegativeInfinity, -float.Epsilon, .. new float[8]];
        var actual = new float[x.Length];
        for (int i = 0; i < x.Length; i += Lanes.Count)
        {
            Exp.Vector(Vector512.Create(x, i)).CopyTo(actual, i);
        }

        Bits.AssertEqual(x.Select(Exp.Scalar).ToArray(), actual, "vector");
    }

    [Fact]
    public void Zero_gives_exactly_one() => Assert.Equal(1f, Exp.Scalar(0));

    [Theory]
    [InlineData(-88f)]
    [InlineData(-1e9f)]
    [InlineData(float.NegativeInfinity)]
    public void Below_the_range_the_result_is_the_smallest(float x)
    {
        Assert.Equal(Exp.Scalar(-87), Exp.Scalar(x));
        Assert.InRange(Exp.Scalar(x), float.Epsilon, 2e-38f);
    }
}
