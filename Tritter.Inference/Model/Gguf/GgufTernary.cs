using System.Runtime.CompilerServices;

namespace Tritter.Inference.Model.Gguf;

/// <summary>
/// The ternary tensors of GGUF as rows of ours. All of a tensor's blocks must have one scale, as BitNet's matrices do; a block of zeros may
/// have any. Layouts: ggml's block_tq1_0 and block_tq2_0, bitnet.cpp's I2_S of x86 (which is what is published).
/// </summary>
internal static class GgufTernary
{
    /// <summary>Powers of three: a byte of TQ1_0 holds five codes as the digits of a fraction.</summary>
    private static readonly byte[] _powers = [1, 3, 9, 27, 81];

    /// <returns>Null when blocks have different scales or a code is none.</returns>
    public static TernaryRows? Read(GgufType type, ReadOnlySpan<byte> bytes, int columns) => type switch
    {
        GgufType.I2_S => FromI2S(bytes, columns),
        GgufType.TQ1_0 => FromBlocks(bytes, 54, columns, Tq1),
        _ => FromBlocks(bytes, 66, columns, Tq2),
    };

    private delegate void BlockDecoder(ReadOnlySpan<byte> block, Span<byte> codes);

    /// <summary>32 bytes hold 128 codes: bits 6, 4, 2 and 0 those of the first to the fourth 32. One float32 scale behind them all.</summary>
    private static TernaryRows FromI2S(ReadOnlySpan<byte> bytes, int columns)
    {
        ReadOnlySpan<byte> packed = bytes[..^32];
        var codes = new byte[packed.Length * 4];
        for (int i = 0; i < codes.Length; i++)
        {
            codes[i] = (byte)(packed[i / 128 * 32 + i % 32] >> (6 - i % 128 / 32 * 2) & 3);
        }

        return new TernaryRows(TernaryRows.Pack(codes, columns), Unsafe.ReadUnaligned<float>(in bytes[^32]));
    }

    private static TernaryRows? FromBlocks(ReadOnlySpan<byte> bytes, int blockBytes, int columns, BlockDecoder decode)
    {
        var codes = new byte[bytes.Length / blockBytes * 256];
        float scale = 0;
        for (int block = 0; block < bytes.Length / blockBytes; block++)
        {
            ReadOnlySpan<byte> source = bytes.Slice(block * blockBytes, blockBytes);
            Span<byte> target = codes.AsSpan(block * 256, 256);
            decode(source, target);
            float own = (float)Unsafe.ReadUnaligned<Half>(in source[blockBytes - 2]);
            if (target.IndexOfAnyExcept((byte)1) < 0)
            {
                continue;
            }

            if (scale != 0 && own != scale)
            {
                return null;
            }

            scale = own;
        }

        return float.IsFinite(scale) ? new TernaryRows(TernaryRows.Pack(codes, columns), scale) : null;
    }

    /// <summary>Two runs of 32 bytes: bits 2n of byte m are element 32 n + m of the run's 128.</summary>
    private static void Tq2(ReadOnlySpan<byte> block, Span<byte> codes)
    {
        for (int i = 0; i < 256; i++)
        {
            codes[i] = (byte)(block[i / 128 * 32 + i % 32] >> (i % 128 / 32 * 2) & 3);
        }
    }

    /// <summary>32 bytes of 5 x 32 codes, 16 of 5 x 16, 4 of 4 x 4: digit n of a byte is that of its run's n-th part.</summary>
    private static void Tq1(ReadOnlySpan<byte> block, Span<byte> codes)
    {
        Digits(block[..32], 5, codes);
        Digits(block[32..48], 5, codes[160..]);
        Digits(block[48..52], 4, codes[240..]);
    }

    private static void Digits(ReadOnlySpan<byte> run, int digits, Span<byte> codes)
    {
        for (int n = 0; n < digits; n++)
        {
            for (int m = 0; m < run.Length; m++)
            {
                // The byte is the fraction times 256, rounded up; a product of eight bits moves digit n to the front.
                byte moved = (byte)(run[m] * _powers[n]);
                codes[n * run.Length + m] = (byte)(moved * 3 >> 8);
            }
        }
    }
}
