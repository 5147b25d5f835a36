using Tritter.Inference.Kernels;

namespace Tritter.Inference.Tests.Kernels;

/// <summary>The gated squared ReLU and the residual addition against their formulas: each element is computed alone, so the bits agree.</summary>
public sealed unsafe class ElementwiseTests
{
    public static TheoryData<int> Lengths => RandomBuffers.Lengths;

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Gated_relu_is_its_formula_also_in_place(int n)
    {
        using AlignedBuffer<float> gate = RandomBuffers.Normal(new Random(n), n);
        using AlignedBuffer<float> up = RandomBuffers.Normal(new Random(n + 1), n);
        using var y = new AlignedBuffer<float>(n);
        var expected = new float[n];
        for (int i = 0; i < n; i++)
        {
            float positive = gate.Span[i] > 0 ? gate.Span[i] : 0;
            expected[i] = positive * positive * up.Span[i];
        }

        GatedRelu.Apply(gate.Pointer, up.Pointer, y.Pointer, n);
        Bits.AssertEqual(expected, y.Span, "into its own memory");
        GatedRelu.Apply(gate.Pointer, up.Pointer, gate.Pointer, n);
        Bits.AssertEqual(expected, gate.Span, "into the gate");
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Residual_adds_each_element(int n)
    {
        using AlignedBuffer<float> x = RandomBuffers.Normal(new Random(n), n);
        using AlignedBuffer<float> y = RandomBuffers.Normal(new Random(n + 1), n);
        float[] expected = x.Span.ToArray().Zip(y.Span.ToArray(), (a, b) => a + b).ToArray();
        Residual.Add(x.Pointer, y.Pointer, n);
        Bits.AssertEqual(expected, x.Span, "sum");
    }
}
