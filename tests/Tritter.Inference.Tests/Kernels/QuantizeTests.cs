using Tritter.Inference.Kernels;

namespace Tritter.Inference.Tests.Kernels;

public sealed unsafe class QuantizeTests
{
    public static TheoryData<int> Lengths => RandomBuffers.Lengths;

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Vector_path_has_the_scalar_bits(int n)
    {
        foreach (double deviation in new[] { 1e-9, 1e-3, 1, 1e4, 1e30 })
        {
            using AlignedBuffer<float> x = RandomBuffers.Normal(new Random(n), n, deviation);
            (sbyte[] q, int sum, float step) = Run(Quantize.Scalar, x);
            foreach (Path path in new Path[] { Quantize.Vector, Quantize.ToInt8 })
            {
                (sbyte[] actual, int actualSum, float actualStep) = Run(path, x);
                Assert.Equal(q, actual);
                Assert.Equal((sum, step), (actualSum, actualStep));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Values_are_the_nearest_steps_and_the_largest_is_127(int n)
    {
        using AlignedBuffer<float> x = RandomBuffers.Normal(new Random(n), n);
        (sbyte[] q, int sum, float step) = Run(Quantize.ToInt8, x);
        Assert.Equal(127, q.Max(v => Math.Abs((int)v)));
        Assert.Equal(q.Sum(v => v), sum);
        Assert.Equal(x.Span.ToArray().Max(Math.Abs) / 127, step);
        for (int i = 0; i < n; i++)
        {
            Assert.InRange((double)x.Span[i] / step - q[i], -0.5001, 0.5001);
        }
    }

    [Fact]
    public void Halves_round_to_even()
    {
        // The largest value makes the step exactly 2.
        float[] x = [254, 1, 3, 5, -1, -3, -5, 253, -253, 0, 0, 0, 0, 0, 0, 0];
        using AlignedBuffer<float> buffer = RandomBuffers.Copy<float>(x);
        sbyte[] expected = [127, 0, 2, 2, 0, -2, -2, 126, -126, 0, 0, 0, 0, 0, 0, 0];
        Assert.Equal(expected, Run(Quantize.Scalar, buffer).Values);
        Assert.Equal(expected, Run(Quantize.Vector, buffer).Values);
    }

    [Fact]
    public void What_is_smaller_than_the_smallest_maximum_becomes_small_numbers()
    {
        using AlignedBuffer<float> x = RandomBuffers.Copy<float>([5e-6f, -5e-6f, 0, 0]);
        (sbyte[] q, int sum, float step) = Run(Quantize.ToInt8, x);
        Assert.Equal([64, -64, 0, 0], q);
        Assert.Equal((0, 1e-5f / 127), (sum, step));
    }

    private delegate float Path(float* x, sbyte* q, int n, out int sum);

    private static (sbyte[] Values, int Sum, float Step) Run(Path path, AlignedBuffer<float> x)
    {
        using var q = new AlignedBuffer<sbyte>(x.Length);
        float step = path(x.Pointer, q.Pointer, (int)x.Length, out int sum);
        return (q.Span.ToArray(), sum, step);
    }
}
