using Tritter.Inference.Kernels;

namespace Tritter.Inference.Tests.Kernels;

public sealed unsafe class RopeTests
{
    private const int MaxPosition = 131_072;

    [Theory]
    [InlineData(64, 500_000f)]
    [InlineData(16, 10_000f)]
    public void Sines_and_cosines_are_correctly_rounded_but_for_ties(int headDim, float theta)
    {
        int half = headDim / 2;
        var cos = new float[half];
        var sin = new float[half];
        var rope = new Rope(headDim, theta);
        foreach (int position in Enumerable.Range(0, 1500).Select(i => i < 150 ? i : Math.Min(MaxPosition, i * 89)))
        {
            fixed (float* toCos = cos, toSin = sin)
            {
                rope.Angles(position, toCos, toSin);
            }

            for (int i = 0; i < half; i++)
            {
                (double exactSin, double exactCos) = Math.SinCos(position * (float)Math.Pow(theta, -2.0 * i / headDim));
                AssertNearest(exactSin, sin[i]);
                AssertNearest(exactCos, cos[i]);
            }
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(16)]
    [InlineData(20)]
    [InlineData(64)]
    public void Pairs_turn_by_the_positions_angle(int headDim)
    {
        const int Position = 1234;
        const float Theta = 10_000;
        int half = headDim / 2;
        using AlignedBuffer<float> head = RandomBuffers.Normal(new Random(headDim), headDim);
        float[] before = head.Span.ToArray();
        using var angles = new AlignedBuffer<float>(headDim);
        new Rope(headDim, Theta).Angles(Position, angles.Pointer, angles.Pointer + half);
        Rope.Rotate(head.Pointer, angles.Pointer, angles.Pointer + half, headDim);
        for (int i = 0; i < half; i++)
        {
            (double sin, double cos) = Math.SinCos(Position * Math.Pow(Theta, -2.0 * i / headDim));
            // The angle is a float: at 1234 radians it is off by up to 6e-5.
            Assert.Equal(before[i] * cos - before[i + half] * sin, head.Span[i], 3e-4);
            Assert.Equal(before[i + half] * cos + before[i] * sin, head.Span[i + half], 3e-4);
        }
    }

    private static void AssertNearest(double exact, float actual)
    {
        double unit = MathF.BitIncrement(MathF.Abs((float)exact)) - MathF.Abs((float)exact);
        Assert.InRange((actual - exact) / unit, -0.501, 0.501);
    }
}
