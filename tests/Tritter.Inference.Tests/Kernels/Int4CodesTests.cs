using Tritter.Inference.Kernels;
using Tritter.Inference.KvCache;

namespace Tritter.Inference.Tests.Kernels;

/// <summary>Four-bit codes of a page against the numbers that they stand for.</summary>
public sealed unsafe class Int4CodesTests
{
    [Theory]
    [InlineData(2, true)]
    [InlineData(2, false)]
    [InlineData(6, true)]
    [InlineData(16, true)]
    [InlineData(16, false)]
    [InlineData(64, true)]
    [InlineData(64, false)]
    [InlineData(128, true)]
    [InlineData(128, false)]
    public void EveryElementIsWithinHalfAStepAndARoundingOfItsChannel(int headDim, bool keys)
    {
        float[,] elements = RandomPage(headDim, keys, out byte[] packed);
        fixed (byte* p = packed)
        {
            for (int d = 0; d < headDim; d++)
            {
                float scale = Int4Codes.FromBFloat16(Int4Codes.Scales(p, headDim)[d]);
                float zero = Int4Codes.FromBFloat16(Int4Codes.Zeros(p, headDim)[d]);
                float[] channel = [.. Enumerable.Range(0, 64).Select(slot => elements[slot, d])];
                Assert.Equal((channel.Max() - channel.Min()) / 15, scale, 0.02f * scale);
                // Half a step, and at the ends what bfloat16 cuts off: up to 15 steps of a scale that is 2^-8 too small, and the zero's 2^-8.
                float bound = scale / 2 + 15 * scale / 256 + MathF.Abs(zero) / 256;
                for (int slot = 0; slot < 64; slot++)
                {
                    Assert.Equal(channel[slot], zero + scale * Int4Codes.Code(p, slot, d, headDim, keys), bound);
                }
            }
        }
    }

    [Fact]
    public void AChannelOfEqualElementsIsThatNumber()
    {
        byte[] packed = new byte[Int4Codes.Bytes(2)];
        sbyte[] elements = [.. Enumerable.Repeat((sbyte)64, 128)];
        float[] scales = [.. Enumerable.Repeat(0.25f, 64)];
        fixed (sbyte* from = elements)
        fixed (float* steps = scales)
        fixed (byte* to = packed)
        {
            Int4Codes.Pack(from, steps, to, 2, keys: true);
            Assert.Equal(16f, Int4Codes.FromBFloat16(Int4Codes.Zeros(to, 2)[0]));
            Assert.Equal(0f, Int4Codes.FromBFloat16(Int4Codes.Scales(to, 2)[0]));
            Assert.Equal(0, Int4Codes.Code(to, 63, 1, 2, keys: true));
        }
    }

    /// <summary>Positions 0 to 31 are in the low halves of the bytes, in the order of the int8 form, 32 to 63 in the high ones.</summary>
    [Fact]
    public void TheBitsAreWhereTheLayoutSays()
    {
        const int HeadDim = 16;
        sbyte[] elements = new sbyte[64 * HeadDim];
        // Element i of the int8 form has a code of its own; each channel has a 0 and a 15 among its positions.
        for (int i = 0; i < elements.Length; i++)
        {
            elements[i] = (sbyte)(i * 7 / 32 % 16);
        }

        float[] scales = [.. Enumerable.Repeat(1f, 64)];
        byte[] packed = new byte[Int4Codes.Bytes(HeadDim)];
        fixed (sbyte* from = elements)
        fixed (float* steps = scales)
        fixed (byte* to = packed)
        {
            Int4Codes.Pack(from, steps, to, HeadDim, keys: false);
            for (int i = 0; i < 32 * HeadDim; i++)
            {
                int d = i / 2 % HeadDim;
                float scale = Int4Codes.FromBFloat16(Int4Codes.Scales(to, HeadDim)[d]);
                float zero = Int4Codes.FromBFloat16(Int4Codes.Zeros(to, HeadDim)[d]);
                Assert.Equal(elements[i], zero + scale * (packed[i] & 15), 0.6f);
                Assert.Equal(elements[i + 32 * HeadDim], zero + scale * (packed[i] >> 4), 0.6f);
            }
        }
    }

    /// <summary>[64, headDim] numbers with an offset of their own for each channel, as they are in int8, and packed.</summary>
    private static float[,] RandomPage(int headDim, bool keys, out byte[] packed)
    {
        var random = new Random(headDim);
        float[] offsets = [.. Enumerable.Range(0, headDim).Select(_ => random.NextSingle() * 4 - 2)];
        using var tree = new PrefixTree(new KvLayout([new(int.MaxValue, true)], 1, headDim, KvPrecision.Int4), budget: 0);
        using var sequence = new KvSequence(tree, 64);
        sequence.Reserve(64);
        float[,] result = new float[64, headDim];
        float* head = stackalloc float[headDim];
        sbyte* rounded = stackalloc sbyte[headDim];
        for (int slot = 0; slot < 64; slot++)
        {
            for (int d = 0; d < headDim; d++)
            {
                head[d] = offsets[d] + random.NextSingle() * 2 - 1;
            }

            float step = Quantize.Scalar(head, rounded, headDim, out _);
            sequence.Layer(0).Write(slot, 0, head, head);
            for (int d = 0; d < headDim; d++)
            {
                result[slot, d] = rounded[d] * step;
            }
        }

        sequence.Advance(new int[64]);
        byte* at = sequence.Layer(0).PackedKeys(0, 0);
        packed = new ReadOnlySpan<byte>(keys ? at : sequence.Layer(0).PackedValues(at), Int4Codes.Bytes(headDim)).ToArray();
        return result;
    }
}
