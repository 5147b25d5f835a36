using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Tritter.Inference.Kernels;

/// <summary>Lays out 64 rows of packed ternary weights as the tiles that the kernels read; <see cref="TernaryMatrix"/> describes both.</summary>
internal static unsafe class TernaryTiles
{
    /// <summary>Four zeros (stored as 1) in one byte.</summary>
    private const byte ZeroByte = 0b01_01_01_01;

    /// <summary>Column groups that the vector path takes at a time: a register of bytes.</summary>
    private const int VectorGroups = 16;

    /// <param name="packed">[rows, groups], the block's rows one below the other.</param>
    /// <param name="rows">1 to 64; tiles have zeros for those that are missing.</param>
    /// <param name="groups">Columns / 4.</param>
    /// <param name="tiles">[groups, 64].</param>
    public static void LayOut(byte* packed, int rows, int groups, byte* tiles)
    {
        if (rows == TernaryMatrix.BlockRows && (Sse2.IsSupported || AdvSimd.Arm64.IsSupported))
        {
            LayOutVectors(packed, groups, tiles);
        }
        else
        {
            LayOutScalar(packed, rows, groups, tiles, 0);
        }
    }

    /// <summary>The reference: a word of four rows' codes at a time.</summary>
    /// <param name="firstGroup">Groups before it are left as they are.</param>
    public static void LayOutScalar(byte* packed, int rows, int groups, byte* tiles, int firstGroup)
    {
        for (int r = 0; r < 16; r++)
        {
            for (int g = firstGroup; g < groups; g++)
            {
                uint word = 0;
                for (int p = 3; p >= 0; p--)
                {
                    int row = r + 16 * p;
                    word = (word << 8) | (row < rows ? packed[(long)row * groups + g] : ZeroByte);
                }

                ((uint*)tiles)[g * 16 + r] = TransposeCodes(word);
            }
        }
    }

    /// <summary>Four words of sixteen groups at a time, of a whole block.</summary>
    public static void LayOutVectors(byte* packed, int groups, byte* tiles)
    {
        Vector128<uint>* words = stackalloc Vector128<uint>[16]; // [4 rows, 4 groups of 4]
        int whole = groups / VectorGroups * VectorGroups;
        for (int r = 0; r < 16; r += 4)
        {
            for (int g = 0; g < whole; g += VectorGroups)
            {
                for (int i = 0; i < 4; i++)
                {
                    Words(packed + (long)(r + i) * groups + g, 16L * groups, words + 4 * i);
                }

                // [4 rows, 4 groups] become [4 groups, 4 rows], which stand together in a tile.
                for (int quarter = 0; quarter < 4; quarter++)
                {
                    byte* to = tiles + (g + 4L * quarter) * TernaryMatrix.BlockRows + 4 * r;
                    Vector128<uint> a = words[quarter], b = words[4 + quarter], c = words[8 + quarter], d = words[12 + quarter];
                    Vector128<ulong> abLow = Low(a, b).AsUInt64(), cdLow = Low(c, d).AsUInt64();
                    Vector128<ulong> abHigh = High(a, b).AsUInt64(), cdHigh = High(c, d).AsUInt64();
                    Low(abLow, cdLow).AsByte().Store(to);
                    High(abLow, cdLow).AsByte().Store(to + 64);
                    Low(abHigh, cdHigh).AsByte().Store(to + 128);
                    High(abHigh, cdHigh).AsByte().Store(to + 192);
                }
            }
        }

        LayOutScalar(packed, TernaryMatrix.BlockRows, groups, tiles, whole);
    }

    /// <summary>Whether some weight has the code 3, which no value has.</summary>
    public static bool HasInvalidCode(ReadOnlySpan<byte> packed)
    {
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(packed);
        ulong both = 0;
        foreach (ulong word in words)
        {
            both |= word & (word >> 1) & 0x5555_5555_5555_5555;
        }

        foreach (byte b in packed[(words.Length * 8)..])
        {
            both |= b & ((ulong)b >> 1) & 0x55;
        }

        return both != 0;
    }

    /// <summary>Byte p, code c becomes byte c, code p: the transposition of a 4 x 4 matrix of two-bit codes by two rounds of swaps.</summary>
    private static uint TransposeCodes(uint x)
    {
        uint swap = (x ^ (x >> 6)) & 0x00CC_00CC;
        x ^= swap ^ (swap << 6);
        swap = (x ^ (x >> 12)) & 0x0000_F0F0;
        return x ^ swap ^ (swap << 12);
    }

    /// <summary>The same of sixteen groups, whose four bytes are in four registers, and then a group's bytes side by side.</summary>
    /// <param name="stride">Bytes from a row to the sixteenth after it.</param>
    /// <param name="words">[16 groups] as four registers.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Words(byte* row, long stride, Vector128<uint>* words)
    {
        Vector128<ushort> v0 = Vector128.Load(row).AsUInt16(), v1 = Vector128.Load(row + stride).AsUInt16();
        Vector128<ushort> v2 = Vector128.Load(row + 2 * stride).AsUInt16(), v3 = Vector128.Load(row + 3 * stride).AsUInt16();
        Swap(ref v0, ref v1, 2, 0x3333);
        Swap(ref v2, ref v3, 2, 0x3333);
        Swap(ref v0, ref v2, 4, 0x0F0F);
        Swap(ref v1, ref v3, 4, 0x0F0F);
        Vector128<ushort> low01 = Low(v0.AsByte(), v1.AsByte()).AsUInt16(), high01 = High(v0.AsByte(), v1.AsByte()).AsUInt16();
        Vector128<ushort> low23 = Low(v2.AsByte(), v3.AsByte()).AsUInt16(), high23 = High(v2.AsByte(), v3.AsByte()).AsUInt16();
        words[0] = Low(low01, low23).AsUInt32();
        words[1] = High(low01, low23).AsUInt32();
        words[2] = Low(high01, high23).AsUInt32();
        words[3] = High(high01, high23).AsUInt32();
    }

    /// <summary>Swaps the codes of <paramref name="a"/> above those that <paramref name="mask"/> names with the named ones of <paramref name="b"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Swap(ref Vector128<ushort> a, ref Vector128<ushort> b, int shift, ushort mask)
    {
        Vector128<ushort> swap = ((a >>> shift) ^ b) & Vector128.Create(mask);
        b ^= swap;
        a ^= swap << shift;
    }

    private static Vector128<T> Low<T>(Vector128<T> a, Vector128<T> b)
        where T : unmanaged => Zip(a, b, high: false);

    private static Vector128<T> High<T>(Vector128<T> a, Vector128<T> b)
        where T : unmanaged => Zip(a, b, high: true);

    /// <summary>Elements of two registers in turn, from their lower or upper halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<T> Zip<T>(Vector128<T> a, Vector128<T> b, bool high)
        where T : unmanaged
    {
        if (Sse2.IsSupported)
        {
            return sizeof(T) switch
            {
                1 => (high ? Sse2.UnpackHigh(a.AsByte(), b.AsByte()) : Sse2.UnpackLow(a.AsByte(), b.AsByte())).As<byte, T>(),
                2 => (high ? Sse2.UnpackHigh(a.AsUInt16(), b.AsUInt16()) : Sse2.UnpackLow(a.AsUInt16(), b.AsUInt16())).As<ushort, T>(),
                4 => (high ? Sse2.UnpackHigh(a.AsUInt32(), b.AsUInt32()) : Sse2.UnpackLow(a.AsUInt32(), b.AsUInt32())).As<uint, T>(),
                _ => (high ? Sse2.UnpackHigh(a.AsUInt64(), b.AsUInt64()) : Sse2.UnpackLow(a.AsUInt64(), b.AsUInt64())).As<ulong, T>(),
            };
        }

        return sizeof(T) switch
        {
            1 => (high ? AdvSimd.Arm64.ZipHigh(a.AsByte(), b.AsByte()) : AdvSimd.Arm64.ZipLow(a.AsByte(), b.AsByte())).As<byte, T>(),
            2 => (high ? AdvSimd.Arm64.ZipHigh(a.AsUInt16(), b.AsUInt16()) : AdvSimd.Arm64.ZipLow(a.AsUInt16(), b.AsUInt16())).As<ushort, T>(),
            4 => (high ? AdvSimd.Arm64.ZipHigh(a.AsUInt32(), b.AsUInt32()) : AdvSimd.Arm64.ZipLow(a.AsUInt32(), b.AsUInt32())).As<uint, T>(),
            _ => (high ? AdvSimd.Arm64.ZipHigh(a.AsUInt64(), b.AsUInt64()) : AdvSimd.Arm64.ZipLow(a.AsUInt64(), b.AsUInt64())).As<ulong, T>(),
        };
    }
}
