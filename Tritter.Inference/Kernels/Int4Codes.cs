using Tritter.Inference.KvCache;

namespace Tritter.Inference.Kernels;

/// <summary>
/// Four-bit codes of the keys, or of the values, of a head in a page: for each channel d its 64 positions from the least to the largest in 15
/// steps, <c>x = zero[d] + scale[d] * code</c>. <see cref="KvLayout"/> says which bits are where.
/// </summary>
internal static unsafe class Int4Codes
{
    private const int Positions = KvLayout.PagePositions;
    private const int MaxCode = 15;

    /// <summary>Bytes of codes, scales and zeros.</summary>
    public static int Bytes(int headDim) => CodeBytes(headDim) + 2 * headDim * sizeof(ushort);

    /// <summary>Bytes of codes, which come first.</summary>
    public static int CodeBytes(int headDim) => Positions * headDim / 2;

    /// <summary>[headDim]: bfloat16 scales of the head at <paramref name="packed"/>.</summary>
    public static ushort* Scales(byte* packed, int headDim) => (ushort*)(packed + CodeBytes(headDim));

    /// <summary>[headDim]: bfloat16 zeros of the head at <paramref name="packed"/>.</summary>
    public static ushort* Zeros(byte* packed, int headDim) => Scales(packed, headDim) + headDim;

    /// <summary>Packs a full page's head.</summary>
    /// <param name="elements">int8 keys [4][headDim / 2][16][2], or values [32][headDim][2].</param>
    /// <param name="scales">[64]: what 1 stands for at each position.</param>
    /// <param name="packed">[<see cref="Bytes"/>].</param>
    public static void Pack(sbyte* elements, float* scales, byte* packed, int headDim, bool keys)
    {
        float* column = stackalloc float[Positions];
        for (int d = 0; d < headDim; d++)
        {
            for (int slot = 0; slot < Positions; slot++)
            {
                column[slot] = elements[Index(slot, d, headDim, keys)] * scales[slot];
            }

            Quantize(column, out Scales(packed, headDim)[d], out Zeros(packed, headDim)[d]);
            for (int slot = 0; slot < Positions / 2; slot++)
            {
                packed[Index(slot, d, headDim, keys)] = (byte)((int)column[slot] | (int)column[slot + Positions / 2] << 4);
            }
        }
    }

    /// <summary>Where an element is in the int8 form, and that of one of the first 32 positions also in the int4 form.</summary>
    private static int Index(int slot, int d, int headDim, bool keys) => keys
        ? slot / KvLayout.BlockPositions * KvLayout.BlockPositions * headDim + d / 2 * 2 * KvLayout.BlockPositions + slot % KvLayout.BlockPositions * 2 + d % 2
        : slot / 2 * 2 * headDim + 2 * d + slot % 2;

    /// <summary>The code of channel <paramref name="d"/> at a position of the page.</summary>
    public static int Code(byte* packed, int slot, int d, int headDim, bool keys)
    {
        byte pair = packed[Index(slot % (Positions / 2), d, headDim, keys)];
        return slot < Positions / 2 ? pair & MaxCode : pair >> 4;
    }

    public static float FromBFloat16(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

    /// <summary>Turns a channel's 64 elements into codes.</summary>
    private static void Quantize(float* column, out ushort scaleBits, out ushort zeroBits)
    {
        float least = column[0], largest = column[0];
        for (int slot = 1; slot < Positions; slot++)
        {
            least = MathF.Min(least, column[slot]);
            largest = MathF.Max(largest, column[slot]);
        }

        // Codes are chosen for the scale and zero as they are stored, so that rounding these costs at most a step at either end.
        zeroBits = ToBFloat16(least);
        float zero = FromBFloat16(zeroBits);
        scaleBits = ToBFloat16(MathF.Max(0, largest - zero) / MaxCode);
        float scale = FromBFloat16(scaleBits);
        for (int slot = 0; slot < Positions; slot++)
        {
            column[slot] = scale > 0 ? Math.Clamp(MathF.Round((column[slot] - zero) / scale, MidpointRounding.ToEven), 0, MaxCode) : 0;
        }
    }

    /// <summary>The nearest of the floats whose lower half is zero, of two the even one.</summary>
    private static ushort ToBFloat16(float x)
    {
        uint bits = BitConverter.SingleToUInt32Bits(x);
        return (ushort)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
    }
}
