using Tritter.Inference.Kernels;

namespace Tritter.Inference.Tests.Kernels;

public sealed unsafe class LayerNormTests
{
    private const float Epsilon = 1e-5f;

    public static TheoryData<int> Lengths => RandomBuffers.Lengths;

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Vector_path_has_the_scalar_bits(int n)
    {
        using AlignedBuffer<float> x = RandomBuffers.Normal(new Random(n), n, 3);
        using AlignedBuffer<float> weight = RandomBuffers.Normal(new Random(n + 1), n);
        float[] expected = Run(LayerNorm.Scalar, x, weight);
        Bits.AssertEqual(expected, Run(LayerNorm.Vector, x, weight), "vector");
        Bits.AssertEqual(expected, Run(LayerNorm.Normalize, x, weight), "dispatched");
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Result_is_within_1e_5_of_double_arithmetic(int n)
    {
        using AlignedBuffer<float> x = RandomBuffers.Normal(new Random(n), n, 3);
        using AlignedBuffer<float> weight = RandomBuffers.Normal(new Random(n + 1), n);
        double[] exact = x.Span.ToArray().Select(f => (double)f).ToArray();
        double mean = exact.Average();
        double deviation = Math.Sqrt(exact.Average(e => (e - mean) * (e - mean)) + Epsilon);
        float[] actual = Run(LayerNorm.Normalize, x, weight);
        for (int i = 0; i < n; i++)
        {
            double expected = (exact[i] - mean) / deviation * weight.Span[i];
            Assert.InRange(actual[i], expected - 1e-5, expected + 1e-5);
        }
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Normalizing_in_place_gives_the_same_bits(int n)
    {
        using AlignedBuffer<float> x = RandomBuffers.Normal(new Random(n), n);
        using AlignedBuffer<float> weight = RandomBuffers.Normal(new Random(n + 1), n);
        float[] expected = Run(LayerNorm.Normalize, x, weight);
        LayerNorm.Normalize(x.Pointer, weight.Pointer, x.Pointer, n, Epsilon);
        Bits.AssertEqual(expected, x.Span, "in place");
    }

    private delegate void Path(float* x, float* weight, float* y, int n, float epsilon);

    private static float[] Run(Path path, AlignedBuffer<float> x, AlignedBuffer<float> weight)
    {
        using var y = new AlignedBuffer<float>(x.Length);
        path(x.Pointer, weight.Pointer, y.Pointer, (int)x.Length, Epsilon);
        return y.Span.ToArray();
    }
}
