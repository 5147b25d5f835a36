using Tritter.Inference.Kernels;

namespace Tritter.Inference.Tests.Kernels;

public sealed unsafe class RmsNormTests
{
    private const float Epsilon = 1e-5f;

    public static TheoryData<int> Lengths => RandomBuffers.Lengths;

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Vector_path_has_the_scalar_bits_and_both_are_near_double_arithmetic(int n)
    {
        using AlignedBuffer<float> x = RandomBuffers.Normal(new Random(n), n, 3);
        using AlignedBuffer<float> weight = RandomBuffers.Normal(new Random(n + 1), n);
        using var scalar = new AlignedBuffer<float>(n);
        using var vector = new AlignedBuffer<float>(n);
        RmsNorm.Scalar(x.Pointer, weight.Pointer, scalar.Pointer, n, Epsilon);
        RmsNorm.Vector(x.Pointer, weight.Pointer, vector.Pointer, n, Epsilon);
        Bits.AssertEqual(scalar.Span.ToArray(), vector.Span, "vector");
        double inverse = 1 / Math.Sqrt(x.Span.ToArray().Average(v => (double)v * v) + Epsilon);
        for (int i = 0; i < n; i++)
        {
            Assert.InRange(scalar.Span[i], x.Span[i] * inverse * weight.Span[i] - 1e-5, x.Span[i] * inverse * weight.Span[i] + 1e-5);
        }

        RmsNorm.Normalize(x.Pointer, weight.Pointer, x.Pointer, n, Epsilon);
        Bits.AssertEqual(scalar.Span.ToArray(), x.Span, "in place");
    }
}
