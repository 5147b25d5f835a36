using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Tritter.Inference.Kernels;

/// <summary>
/// <c>y = (q · Tᵀ) * gamma * step</c> for ternary T and int8 q (arXiv:2402.17764, equations 1-3): the sums are exact whole numbers,
/// so every path gives the same bits.
/// </summary>
/// <remarks>
/// Weights are multiplied as stored, 0, 1 or 2, because x86 multiplies unsigned by signed bytes; the sum of a token's activations,
/// which that adds too much, is subtracted once. One product of a pair is at most 2 * 2 * 127 = 508, so a 16-bit lane takes 64 of
/// them before it must be widened. That bound needs |q| &lt;= 127, which <see cref="Quantize"/> guarantees.
/// </remarks>
internal static unsafe class TernaryMatMul
{
    /// <summary>Column groups whose pair products fit a 16-bit lane.</summary>
    private const int GroupsPer16Bits = 64;

    /// <summary>
    /// How many bytes ahead weights are asked for. They are read once a token, faster than the processor's own prefetcher fetches them:
    /// asking brought 1.4 times the tokens a second, and 2 to 12 KiB made no difference.
    /// </summary>
    internal const int PrefetchBytes = 4096;

    /// <summary>Tokens that the AVX-512 path keeps in registers at a time.</summary>
    private const int Tile = 4;

    /// <summary>Multiplies a range of row blocks for all tokens.</summary>
    /// <param name="y">[tokens, weights.Rows], written at the blocks' rows only.</param>
    public static void Multiply(TernaryMatrix weights, in QuantizedRows q, float* y, int firstBlock, int endBlock)
    {
        if (Avx512BW.IsSupported)
        {
            MultiplyAvx512(weights, q, y, firstBlock, endBlock);
        }
        else if (Avx2.IsSupported)
        {
            MultiplyAvx2(weights, q, y, firstBlock, endBlock);
        }
        else if (Dp.IsSupported)
        {
            MultiplyArm(weights, q, y, firstBlock, endBlock);
        }
        else
        {
            MultiplyScalar(weights, q, y, firstBlock, endBlock);
        }
    }

    /// <summary>The reference: one byte of four rows' weights at a time.</summary>
    public static void MultiplyScalar(TernaryMatrix weights, in QuantizedRows q, float* y, int firstBlock, int endBlock)
    {
        int* sums = stackalloc int[TernaryMatrix.BlockRows];
        for (int block = firstBlock; block < endBlock; block++)
        {
            for (int t = 0; t < q.Tokens; t++)
            {
                new Span<int>(sums, TernaryMatrix.BlockRows).Clear();
                byte* tile = weights.Block(block);
                sbyte* activations = q.Row(t);
                for (int column = 0; column < weights.Columns; column += 4, tile += 64)
                {
                    for (int i = 0; i < 64; i++)
                    {
                        int activation = activations[column + (i & 3)];
                        int r = i >> 2;
                        int codes = tile[i];
                        sums[r] += (codes & 3) * activation;
                        sums[16 + r] += ((codes >> 2) & 3) * activation;
                        sums[32 + r] += ((codes >> 4) & 3) * activation;
                        sums[48 + r] += (codes >> 6) * activation;
                    }
                }

                Store(weights, q, y, block, t, sums);
            }
        }
    }

    /// <summary>Two halves of a block, mask tokens at a time: eight 16-bit accumulators of 8 rows.</summary>
    public static void MultiplyAvx2(TernaryMatrix weights, in QuantizedRows q, float* y, int firstBlock, int endBlock)
    {
        int groups = weights.Columns / 4;
        int* sums = stackalloc int[2 * 64];
        Vector256<byte> mask = Vector256.Create((byte)3);
        for (int block = firstBlock; block < endBlock; block++)
        {
            for (int t = 0; t < q.Tokens; t += 2)
            {
                // An odd last token is computed twice rather than having a loop of its own.
                int second = Math.Min(t + 1, q.Tokens - 1);
                new Span<int>(sums, 2 * 64).Clear();
                for (int half = 0; half < 2; half++)
                {
                    byte* tile = weights.Block(block) + 32 * half;
                    int* a0 = (int*)q.Row(t);
                    int* a1 = (int*)q.Row(second);
                    for (int g = 0; g < groups; g += GroupsPer16Bits)
                    {
                        Vector256<short> s00 = default, s01 = default, s02 = default, s03 = default;
                        Vector256<short> s10 = default, s11 = default, s12 = default, s13 = default;
                        int end = Math.Min(g + GroupsPer16Bits, groups);
                        for (int i = g; i < end; i++, tile += 64)
                        {
                            Sse.Prefetch0(tile + PrefetchBytes);
                            Vector256<ushort> codes = Avx.LoadVector256((ushort*)tile);
                            Vector256<byte> w0 = codes.AsByte() & mask;
                            Vector256<byte> w1 = Avx2.ShiftRightLogical(codes, 2).AsByte() & mask;
                            Vector256<byte> w2 = Avx2.ShiftRightLogical(codes, 4).AsByte() & mask;
                            Vector256<byte> w3 = Avx2.ShiftRightLogical(codes, 6).AsByte() & mask;
                            Vector256<sbyte> x0 = Vector256.Create(a0[i]).AsSByte();
                            s00 += Avx2.MultiplyAddAdjacent(w0, x0);
                            s01 += Avx2.MultiplyAddAdjacent(w1, x0);
                            s02 += Avx2.MultiplyAddAdjacent(w2, x0);
                            s03 += Avx2.MultiplyAddAdjacent(w3, x0);
                            Vector256<sbyte> x1 = Vector256.Create(a1[i]).AsSByte();
                            s10 += Avx2.MultiplyAddAdjacent(w0, x1);
                            s11 += Avx2.MultiplyAddAdjacent(w1, x1);
                            s12 += Avx2.MultiplyAddAdjacent(w2, x1);
                            s13 += Avx2.MultiplyAddAdjacent(w3, x1);
                        }

                        int* to = sums + 8 * half;
                        Widen256(to, s00, s01, s02, s03);
                        Widen256(to + 64, s10, s11, s12, s13);
                    }
                }

                Store(weights, q, y, block, t, sums);
                if (second != t)
                {
                    Store(weights, q, y, block, second, sums + 64);
                }
            }
        }
    }

    /// <summary>One, two or four tokens at a time: four 16-bit accumulators of 16 rows for each.</summary>
    public static void MultiplyAvx512(TernaryMatrix weights, in QuantizedRows q, float* y, int firstBlock, int endBlock)
    {
        int* sums = stackalloc int[Tile * 64];
        int groups = weights.Columns / 4;
        for (int block = firstBlock; block < endBlock; block++)
        {
            for (int t = 0; t < q.Tokens; t += Tile)
            {
                int count = Math.Min(Tile, q.Tokens - t);
                if (count == 1)
                {
                    Avx512Token(weights.Block(block), groups, (int*)q.Row(t), sums);
                }
                else if (count == 2)
                {
                    Avx512Pair(weights.Block(block), groups, q, t, sums);
                }
                else
                {
                    Avx512Tile(weights.Block(block), groups, q, t, sums);
                }

                for (int i = 0; i < count; i++)
                {
                    Store(weights, q, y, block, t + i, sums + 64 * i);
                }
            }
        }
    }

    private static void Avx512Token(byte* tile, int groups, int* activations, int* sums)
    {
        new Span<int>(sums, 64).Clear();
        Vector512<byte> mask = Vector512.Create((byte)3);
        for (int g = 0; g < groups; g += GroupsPer16Bits)
        {
            Vector512<short> s0 = default, s1 = default, s2 = default, s3 = default;
            int end = Math.Min(g + GroupsPer16Bits, groups);
            for (int i = g; i < end; i++, tile += 64)
            {
                Sse.Prefetch0(tile + PrefetchBytes);
                Vector512<ushort> codes = Vector512.Load((ushort*)tile);
                Vector512<sbyte> x = Vector512.Create(activations[i]).AsSByte();
                s0 += Avx512BW.MultiplyAddAdjacent(codes.AsByte() & mask, x);
                s1 += Avx512BW.MultiplyAddAdjacent((codes >>> 2).AsByte() & mask, x);
                s2 += Avx512BW.MultiplyAddAdjacent((codes >>> 4).AsByte() & mask, x);
                s3 += Avx512BW.MultiplyAddAdjacent((codes >>> 6).AsByte() & mask, x);
            }

            Widen512(sums, s0, s1, s2, s3);
        }
    }

    private static void Avx512Pair(byte* tile, int groups, in QuantizedRows q, int token, int* sums)
    {
        new Span<int>(sums, 2 * 64).Clear();
        Vector512<byte> mask = Vector512.Create((byte)3);
        int* a0 = (int*)q.Row(token);
        int* a1 = (int*)q.Row(token + 1);
        for (int g = 0; g < groups; g += GroupsPer16Bits)
        {
            Vector512<short> s00 = default, s01 = default, s02 = default, s03 = default;
            Vector512<short> s10 = default, s11 = default, s12 = default, s13 = default;
            int end = Math.Min(g + GroupsPer16Bits, groups);
            for (int i = g; i < end; i++, tile += 64)
            {
                Sse.Prefetch0(tile + PrefetchBytes);
                Vector512<ushort> codes = Vector512.Load((ushort*)tile);
                Vector512<byte> w0 = codes.AsByte() & mask;
                Vector512<byte> w1 = (codes >>> 2).AsByte() & mask;
                Vector512<byte> w2 = (codes >>> 4).AsByte() & mask;
                Vector512<byte> w3 = (codes >>> 6).AsByte() & mask;
                Vector512<sbyte> x = Vector512.Create(a0[i]).AsSByte();
                s00 += Avx512BW.MultiplyAddAdjacent(w0, x);
                s01 += Avx512BW.MultiplyAddAdjacent(w1, x);
                s02 += Avx512BW.MultiplyAddAdjacent(w2, x);
                s03 += Avx512BW.MultiplyAddAdjacent(w3, x);
                x = Vector512.Create(a1[i]).AsSByte();
                s10 += Avx512BW.MultiplyAddAdjacent(w0, x);
                s11 += Avx512BW.MultiplyAddAdjacent(w1, x);
                s12 += Avx512BW.MultiplyAddAdjacent(w2, x);
                s13 += Avx512BW.MultiplyAddAdjacent(w3, x);
            }

            Widen512(sums, s00, s01, s02, s03);
            Widen512(sums + 64, s10, s11, s12, s13);
        }
    }

    /// <summary>Three or four tokens. A third one alone is computed twice: the weights' codes cost more to unpack again.</summary>
    private static void Avx512Tile(byte* tile, int groups, in QuantizedRows q, int token, int* sums)
    {
        new Span<int>(sums, Tile * 64).Clear();
        Vector512<byte> mask = Vector512.Create((byte)3);
        int* a0 = (int*)q.Row(token);
        int* a1 = (int*)q.Row(token + 1);
        int* a2 = (int*)q.Row(token + 2);
        int* a3 = (int*)q.Row(Math.Min(token + 3, q.Tokens - 1));
        for (int g = 0; g < groups; g += GroupsPer16Bits)
        {
            Vector512<short> s00 = default, s01 = default, s02 = default, s03 = default;
            Vector512<short> s10 = default, s11 = default, s12 = default, s13 = default;
            Vector512<short> s20 = default, s21 = default, s22 = default, s23 = default;
            Vector512<short> s30 = default, s31 = default, s32 = default, s33 = default;
            int end = Math.Min(g + GroupsPer16Bits, groups);
            for (int i = g; i < end; i++, tile += 64)
            {
                Sse.Prefetch0(tile + PrefetchBytes);
                Vector512<ushort> codes = Vector512.Load((ushort*)tile);
                Vector512<byte> w0 = codes.AsByte() & mask;
                Vector512<byte> w1 = (codes >>> 2).AsByte() & mask;
                Vector512<byte> w2 = (codes >>> 4).AsByte() & mask;
                Vector512<byte> w3 = (codes >>> 6).AsByte() & mask;
                Vector512<sbyte> x = Vector512.Create(a0[i]).AsSByte();
                s00 += Avx512BW.MultiplyAddAdjacent(w0, x);
                s01 += Avx512BW.MultiplyAddAdjacent(w1, x);
                s02 += Avx512BW.MultiplyAddAdjacent(w2, x);
                s03 += Avx512BW.MultiplyAddAdjacent(w3, x);
                x = Vector512.Create(a1[i]).AsSByte();
                s10 += Avx512BW.MultiplyAddAdjacent(w0, x);
                s11 += Avx512BW.MultiplyAddAdjacent(w1, x);
                s12 += Avx512BW.MultiplyAddAdjacent(w2, x);
                s13 += Avx512BW.MultiplyAddAdjacent(w3, x);
                x = Vector512.Create(a2[i]).AsSByte();
                s20 += Avx512BW.MultiplyAddAdjacent(w0, x);
                s21 += Avx512BW.MultiplyAddAdjacent(w1, x);
                s22 += Avx512BW.MultiplyAddAdjacent(w2, x);
                s23 += Avx512BW.MultiplyAddAdjacent(w3, x);
                x = Vector512.Create(a3[i]).AsSByte();
                s30 += Avx512BW.MultiplyAddAdjacent(w0, x);
                s31 += Avx512BW.MultiplyAddAdjacent(w1, x);
                s32 += Avx512BW.MultiplyAddAdjacent(w2, x);
                s33 += Avx512BW.MultiplyAddAdjacent(w3, x);
            }

            Widen512(sums, s00, s01, s02, s03);
            Widen512(sums + 64, s10, s11, s12, s13);
            Widen512(sums + 128, s20, s21, s22, s23);
            Widen512(sums + 192, s30, s31, s32, s33);
        }
    }

    /// <summary>Arm's dot product sums four bytes into 32 bits directly, so nothing needs widening: 16 accumulators of 4 rows.</summary>
    public static void MultiplyArm(TernaryMatrix weights, in QuantizedRows q, float* y, int firstBlock, int endBlock)
    {
        int* sums = stackalloc int[64];
        Vector128<byte> mask = Vector128.Create((byte)3);
        int groups = weights.Columns / 4;
        for (int block = firstBlock; block < endBlock; block++)
        {
            for (int t = 0; t < q.Tokens; t++)
            {
                int* activations = (int*)q.Row(t);
                for (int quarter = 0; quarter < 4; quarter++)
                {
                    byte* tile = weights.Block(block) + 16 * quarter;
                    Vector128<int> s0 = default, s1 = default, s2 = default, s3 = default;
                    for (int i = 0; i < groups; i++, tile += 64)
                    {
                        Vector128<byte> codes = Vector128.Load(tile);
                        Vector128<sbyte> x = Vector128.Create(activations[i]).AsSByte();
                        s0 = Dp.DotProduct(s0, (codes & mask).AsSByte(), x);
                        s1 = Dp.DotProduct(s1, ((codes >>> 2) & mask).AsSByte(), x);
                        s2 = Dp.DotProduct(s2, ((codes >>> 4) & mask).AsSByte(), x);
                        s3 = Dp.DotProduct(s3, (codes >>> 6).AsSByte(), x);
                    }

                    s0.Store(sums + 4 * quarter);
                    s1.Store(sums + 16 + 4 * quarter);
                    s2.Store(sums + 32 + 4 * quarter);
                    s3.Store(sums + 48 + 4 * quarter);
                }

                Store(weights, q, y, block, t, sums);
            }
        }
    }

    // Inlined: a call would make the compiler keep every accumulator in memory throughout the loop before it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Widen512(int* to, Vector512<short> s0, Vector512<short> s1, Vector512<short> s2, Vector512<short> s3)
    {
        Vector512<short> ones = Vector512.Create((short)1);
        (Vector512.Load(to) + Avx512BW.MultiplyAddAdjacent(s0, ones)).Store(to);
        (Vector512.Load(to + 16) + Avx512BW.MultiplyAddAdjacent(s1, ones)).Store(to + 16);
        (Vector512.Load(to + 32) + Avx512BW.MultiplyAddAdjacent(s2, ones)).Store(to + 32);
        (Vector512.Load(to + 48) + Avx512BW.MultiplyAddAdjacent(s3, ones)).Store(to + 48);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Widen256(int* to, Vector256<short> s0, Vector256<short> s1, Vector256<short> s2, Vector256<short> s3)
    {
        Vector256<short> ones = Vector256.Create((short)1);
        (Vector256.Load(to) + Avx2.MultiplyAddAdjacent(s0, ones)).Store(to);
        (Vector256.Load(to + 16) + Avx2.MultiplyAddAdjacent(s1, ones)).Store(to + 16);
        (Vector256.Load(to + 32) + Avx2.MultiplyAddAdjacent(s2, ones)).Store(to + 32);
        (Vector256.Load(to + 48) + Avx2.MultiplyAddAdjacent(s3, ones)).Store(to + 48);
    }

    /// <summary>Turns a block's sums into floats: takes the activation sum off and applies both scales in one multiplication.</summary>
    private static void Store(TernaryMatrix weights, in QuantizedRows q, float* y, int block, int token, int* sums)
    {
        int firstRow = block * TernaryMatrix.BlockRows;
        int rows = Math.Min(TernaryMatrix.BlockRows, weights.Rows - firstRow);
        float* to = y + (long)token * weights.Rows + firstRow;
        int excess = q.Sums[token];
        float scale = weights.Scale * q.Steps[token];
        int r = 0;
        for (; r + Vector256<int>.Count <= rows; r += Vector256<int>.Count)
        {
            Vector256<int> whole = Vector256.Load(sums + r) - Vector256.Create(excess);
            (Vector256.ConvertToSingle(whole) * scale).Store(to + r);
        }

        for (; r < rows; r++)
        {
            to[r] = (sums[r] - excess) * scale;
        }
    }
}
