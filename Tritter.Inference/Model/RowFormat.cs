using System.Runtime.CompilerServices;

namespace Tritter.Inference.Model;

/// <summary>How a file stores the rows of a matrix that is not ternary.</summary>
internal enum RowFormat
{
    /// <summary>int8 with one float for each row, which is kept apart.</summary>
    I8,
    F32,
    F16,
    BF16,

    /// <summary>GGML: blocks of 32, a float16 scale and 32 int8.</summary>
    Q8_0,

    /// <summary>GGML: blocks of 256, six bits each, an int8 scale for each 16 and a float16 for all.</summary>
    Q6_K,
}

/// <summary>Reads stored rows as floats. Block layouts: ggml's block_q8_0 and block_q6_K.</summary>
internal static unsafe class RowFormats
{
    private const int Q8Block = 32, Q8Bytes = 34;
    private const int Q6Block = 256, Q6Bytes = 210;

    /// <summary>Elements that a row's length must be a multiple of.</summary>
    public static int Granularity(this RowFormat format) => format switch { RowFormat.Q8_0 => Q8Block, RowFormat.Q6_K => Q6Block, _ => 1 };

    /// <summary>Bytes of <paramref name="n"/> elements.</summary>
    public static long BytesOf(this RowFormat format, long n) => format switch
    {
        RowFormat.I8 => n,
        RowFormat.F32 => 4 * n,
        RowFormat.F16 or RowFormat.BF16 => 2 * n,
        RowFormat.Q8_0 => n / Q8Block * Q8Bytes,
        _ => n / Q6Block * Q6Bytes,
    };

    /// <param name="row">Not aligned.</param>
    /// <param name="scale">Of <see cref="RowFormat.I8"/>; else 1.</param>
    /// <param name="x">[n].</param>
    public static void Decode(this RowFormat format, byte* row, float scale, float* x, int n)
    {
        switch (format)
        {
            case RowFormat.I8:
                for (int i = 0; i < n; i++)
                {
                    x[i] = (sbyte)row[i] * scale;
                }

                break;
            case RowFormat.F32:
                Unsafe.CopyBlockUnaligned(x, row, (uint)(4 * n));
                break;
            case RowFormat.F16:
                for (int i = 0; i < n; i++)
                {
                    x[i] = Half(row + 2 * i);
                }

                break;
            case RowFormat.BF16:
                for (int i = 0; i < n; i++)
                {
                    x[i] = BitConverter.UInt32BitsToSingle((uint)Unsafe.ReadUnaligned<ushort>(row + 2 * i) << 16);
                }

                break;
            case RowFormat.Q8_0:
                for (int block = 0; block < n / Q8Block; block++)
                {
                    DecodeQ8(row + block * Q8Bytes, x + block * Q8Block);
                }

                break;
            default:
                for (int block = 0; block < n / Q6Block; block++)
                {
                    DecodeQ6(row + block * Q6Bytes, x + block * Q6Block);
                }

                break;
        }
    }

    private static float Half(byte* at) => (float)Unsafe.ReadUnaligned<Half>(at);

    private static void DecodeQ8(byte* block, float* x)
    {
        float scale = Half(block);
        for (int i = 0; i < Q8Block; i++)
        {
            x[i] = (sbyte)block[2 + i] * scale;
        }
    }

    /// <summary>
    /// 128 bytes of low nibbles, 64 of high bit pairs, 16 scales, the float16. Each half of 128 elements is four runs of 32, whose high bits
    /// share bytes: run r takes bits 2r, and the low nibbles of 64 bytes for runs 0 and 1, the high ones for 2 and 3.
    /// </summary>
    private static void DecodeQ6(byte* block, float* x)
    {
        float scale = Half(block + 208);
        for (int i = 0; i < Q6Block; i++)
        {
            int half = i / 128, run = i % 128 / 32, at = i % 32;
            int low = block[64 * half + 32 * (run % 2) + at] >> (run < 2 ? 0 : 4) & 15;
            int high = block[128 + 32 * half + at] >> (2 * run) & 3;
            x[i] = scale * (sbyte)block[192 + i / 16] * ((low | high << 4) - 32);
        }
    }
}
