using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Tritter.Inference.Kernels;

/// <summary>
/// <c>logits[v] = (x · row v) * scale[v]</c> over the int8 embedding matrix. x is rounded to whole numbers as large as an exact 32-bit
/// sum allows (14 bits and a sign at width 768: a relative error of about 4e-5), so the sums do not depend on the order or the processor.
/// </summary>
internal static unsafe class EmbeddingHead
{
    /// <summary>Tokens whose products with a row are kept in registers at a time.</summary>
    private const int Tile = 4;

    /// <summary>Multiplies a range of rows for all tokens, each row read from memory once.</summary>
    /// <param name="rows">[vocab, columns] int8, anywhere in memory.</param>
    /// <param name="logits">[tokens, vocab]; written from row <paramref name="first"/> to <paramref name="end"/>.</param>
    public static void Multiply(sbyte* rows, float* scales, int vocab, in RoundedRows q, float* logits, int first, int end)
    {
        if (Avx512BW.IsSupported && q.Columns % 32 == 0)
        {
            MultiplyAvx512(rows, scales, vocab, q, logits, first, end);
        }
        else if (Avx2.IsSupported && q.Columns % 16 == 0)
        {
            MultiplyAvx2(rows, scales, vocab, q, logits, first, end);
        }
        else
        {
            MultiplyScalar(rows, scales, vocab, q, logits, first, end);
        }
    }

    public static void MultiplyScalar(sbyte* rows, float* scales, int vocab, in RoundedRows q, float* logits, int first, int end)
    {
        for (int v = first; v < end; v++)
        {
            sbyte* row = rows + (long)v * q.Columns;
            for (int t = 0; t < q.Tokens; t++)
            {
                short* x = q.Row(t);
                int sum = 0;
                for (int i = 0; i < q.Columns; i++)
                {
                    sum += row[i] * x[i];
                }

                logits[(long)t * vocab + v] = sum * (scales[v] * q.Steps[t]);
            }
        }
    }

    /// <summary>Each row meets one or four tokens at a time; a tile of two or three repeats its last one rather than having a loop of its own.</summary>
    public static void MultiplyAvx2(sbyte* rows, float* scales, int vocab, in RoundedRows q, float* logits, int first, int end)
    {
        for (int v = first; v < end; v++)
        {
            sbyte* row = rows + (long)v * q.Columns;
            for (int t = 0; t < q.Tokens; t += Tile)
            {
                if (t + 1 == q.Tokens)
                {
                    short* x = q.Row(t);
                    Vector256<int> sums = default;
                    for (int i = 0; i < q.Columns; i += 16)
                    {
                        sums += Avx2.MultiplyAddAdjacent(Avx2.ConvertToVector256Int16(Vector128.Load(row + i)), Vector256.Load(x + i));
                    }

                    logits[(long)t * vocab + v] = Vector256.Sum(sums) * (scales[v] * q.Steps[t]);
                }
                else
                {
                    Avx2Tile(row, scales[v], vocab, q, t, logits + v);
                }
            }
        }
    }

    private static void Avx2Tile(sbyte* row, float scale, int vocab, in RoundedRows q, int token, float* logits)
    {
        int t1 = token + 1, t2 = Math.Min(token + 2, q.Tokens - 1), t3 = Math.Min(token + 3, q.Tokens - 1);
        short* x0 = q.Row(token);
        short* x1 = q.Row(t1);
        short* x2 = q.Row(t2);
        short* x3 = q.Row(t3);
        Vector256<int> s0 = default, s1 = default, s2 = default, s3 = default;
        for (int i = 0; i < q.Columns; i += 16)
        {
            Vector256<short> w = Avx2.ConvertToVector256Int16(Vector128.Load(row + i));
            s0 += Avx2.MultiplyAddAdjacent(w, Vector256.Load(x0 + i));
            s1 += Avx2.MultiplyAddAdjacent(w, Vector256.Load(x1 + i));
            s2 += Avx2.MultiplyAddAdjacent(w, Vector256.Load(x2 + i));
            s3 += Avx2.MultiplyAddAdjacent(w, Vector256.Load(x3 + i));
        }

        Vector128<int> sums = Fold(s0, s1, s2, s3);
        logits[(long)token * vocab] = sums[0] * (scale * q.Steps[token]);
        logits[(long)t1 * vocab] = sums[1] * (scale * q.Steps[t1]);
        logits[(long)t2 * vocab] = sums[2] * (scale * q.Steps[t2]);
        logits[(long)t3 * vocab] = sums[3] * (scale * q.Steps[t3]);
    }

    /// <summary>Four rows meet one or four tokens at a time, as with AVX2; the four rows' sums are folded together.</summary>
    public static void MultiplyAvx512(sbyte* rows, float* scales, int vocab, in RoundedRows q, float* logits, int first, int end)
    {
        int v = first;
        for (; v + 4 <= end; v += 4)
        {
            sbyte* row = rows + (long)v * q.Columns;
            for (int t = 0; t < q.Tokens; t += Tile)
            {
                if (t + 1 == q.Tokens)
                {
                    Avx512Token(row, q.Columns, q.Row(t), Vector128.Load(scales + v) * q.Steps[t], logits + (long)t * vocab + v);
                }
                else
                {
                    Avx512Tile(row, Vector128.Load(scales + v), vocab, q, t, logits + v);
                }
            }
        }

        if (v < end)
        {
            MultiplyScalar(rows, scales, vocab, q, logits, v, end);
        }
    }

    private static void Avx512Token(sbyte* r0, int columns, short* q, Vector128<float> scale, float* logits)
    {
        sbyte* r1 = r0 + columns;
        sbyte* r2 = r1 + columns;
        sbyte* r3 = r2 + columns;
        Vector512<int> s0 = default, s1 = default, s2 = default, s3 = default;
        for (int i = 0; i < columns; i += 32)
        {
            AskAhead(r0 + i, columns, i);
            Vector512<short> x = Vector512.Load(q + i);
            s0 += Avx512BW.MultiplyAddAdjacent(Avx512BW.ConvertToVector512Int16(Vector256.Load(r0 + i)), x);
            s1 += Avx512BW.MultiplyAddAdjacent(Avx512BW.ConvertToVector512Int16(Vector256.Load(r1 + i)), x);
            s2 += Avx512BW.MultiplyAddAdjacent(Avx512BW.ConvertToVector512Int16(Vector256.Load(r2 + i)), x);
            s3 += Avx512BW.MultiplyAddAdjacent(Avx512BW.ConvertToVector512Int16(Vector256.Load(r3 + i)), x);
        }

        (Vector128.ConvertToSingle(Fold(s0, s1, s2, s3)) * scale).Store(logits);
    }

    private static void Avx512Tile(sbyte* r0, Vector128<float> scales, int vocab, in RoundedRows q, int token, float* logits)
    {
        int t1 = token + 1, t2 = Math.Min(token + 2, q.Tokens - 1), t3 = Math.Min(token + 3, q.Tokens - 1);
        int columns = q.Columns;
        sbyte* r1 = r0 + columns;
        sbyte* r2 = r1 + columns;
        sbyte* r3 = r2 + columns;
        short* x0 = q.Row(token);
        short* x1 = q.Row(t1);
        short* x2 = q.Row(t2);
        short* x3 = q.Row(t3);
        Vector512<int> s00 = default, s01 = default, s02 = default, s03 = default;
        Vector512<int> s10 = default, s11 = default, s12 = default, s13 = default;
        Vector512<int> s20 = default, s21 = default, s22 = default, s23 = default;
        Vector512<int> s30 = default, s31 = default, s32 = default, s33 = default;
        for (int i = 0; i < columns; i += 32)
        {
            AskAhead(r0 + i, columns, i);
            Vector512<short> w0 = Avx512BW.ConvertToVector512Int16(Vector256.Load(r0 + i));
            Vector512<short> w1 = Avx512BW.ConvertToVector512Int16(Vector256.Load(r1 + i));
            Vector512<short> w2 = Avx512BW.ConvertToVector512Int16(Vector256.Load(r2 + i));
            Vector512<short> w3 = Avx512BW.ConvertToVector512Int16(Vector256.Load(r3 + i));
            Vector512<short> x = Vector512.Load(x0 + i);
            s00 += Avx512BW.MultiplyAddAdjacent(w0, x);
            s01 += Avx512BW.MultiplyAddAdjacent(w1, x);
            s02 += Avx512BW.MultiplyAddAdjacent(w2, x);
            s03 += Avx512BW.MultiplyAddAdjacent(w3, x);
            x = Vector512.Load(x1 + i);
            s10 += Avx512BW.MultiplyAddAdjacent(w0, x);
            s11 += Avx512BW.MultiplyAddAdjacent(w1, x);
            s12 += Avx512BW.MultiplyAddAdjacent(w2, x);
            s13 += Avx512BW.MultiplyAddAdjacent(w3, x);
            x = Vector512.Load(x2 + i);
            s20 += Avx512BW.MultiplyAddAdjacent(w0, x);
            s21 += Avx512BW.MultiplyAddAdjacent(w1, x);
            s22 += Avx512BW.MultiplyAddAdjacent(w2, x);
            s23 += Avx512BW.MultiplyAddAdjacent(w3, x);
            x = Vector512.Load(x3 + i);
            s30 += Avx512BW.MultiplyAddAdjacent(w0, x);
            s31 += Avx512BW.MultiplyAddAdjacent(w1, x);
            s32 += Avx512BW.MultiplyAddAdjacent(w2, x);
            s33 += Avx512BW.MultiplyAddAdjacent(w3, x);
        }

        (Vector128.ConvertToSingle(Fold(s00, s01, s02, s03)) * (scales * q.Steps[token])).Store(logits + (long)token * vocab);
        (Vector128.ConvertToSingle(Fold(s10, s11, s12, s13)) * (scales * q.Steps[t1])).Store(logits + (long)t1 * vocab);
        (Vector128.ConvertToSingle(Fold(s20, s21, s22, s23)) * (scales * q.Steps[t2])).Store(logits + (long)t2 * vocab);
        (Vector128.ConvertToSingle(Fold(s30, s31, s32, s33)) * (scales * q.Steps[t3])).Store(logits + (long)t3 * vocab);
    }

    /// <summary>Asks for the four rows two groups of four ahead, a cache line at a time; see <see cref="TernaryMatMul.PrefetchBytes"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AskAhead(sbyte* row, int columns, int column)
    {
        if ((column & 32) == 0)
        {
            sbyte* ahead = row + 8 * columns;
            Sse.Prefetch0(ahead);
            Sse.Prefetch0(ahead + columns);
            Sse.Prefetch0(ahead + 2 * columns);
            Sse.Prefetch0(ahead + 3 * columns);
        }
    }

    // Inlined: a call would make the compiler keep the accumulators in memory throughout the loop before it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Fold(Vector512<int> s0, Vector512<int> s1, Vector512<int> s2, Vector512<int> s3) =>
        Fold(s0.GetLower() + s0.GetUpper(), s1.GetLower() + s1.GetUpper(), s2.GetLower() + s2.GetUpper(), s3.GetLower() + s3.GetUpper());

    /// <summary>The sums of four vectors' elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Fold(Vector256<int> s0, Vector256<int> s1, Vector256<int> s2, Vector256<int> s3)
    {
        Vector256<int> halves = Avx2.HorizontalAdd(Avx2.HorizontalAdd(s0, s1), Avx2.HorizontalAdd(s2, s3));
        return halves.GetLower() + halves.GetUpper();
    }
}
