using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Tritter.Inference.Kernels;

/// <summary>
/// <c>logits[v] = (x · row v) * scale[v]</c> over the int8 embedding matrix. x is rounded to whole numbers as large as an exact 32-bit
/// sum allows (14 bits and a sign at width 768: a relative error of about 4e-5), so the sums do not depend on the order or the processor.
/// </summary>
internal static unsafe class EmbeddingHead
{
    /// <param name="rows">[vocab, columns] int8, anywhere in memory.</param>
    /// <param name="logits">[vocab]; written from <paramref name="first"/> to <paramref name="end"/>.</param>
    public static void Multiply(sbyte* rows, float* scales, int columns, short* q, float step, float* logits, int first, int end)
    {
        if (Avx512BW.IsSupported && columns % 32 == 0)
        {
            MultiplyAvx512(rows, scales, columns, q, step, logits, first, end);
        }
        else if (Avx2.IsSupported && columns % 16 == 0)
        {
            MultiplyAvx2(rows, scales, columns, q, step, logits, first, end);
        }
        else
        {
            MultiplyScalar(rows, scales, columns, q, step, logits, first, end);
        }
    }

    public static void MultiplyScalar(sbyte* rows, float* scales, int columns, short* q, float step, float* logits, int first, int end)
    {
        for (int v = first; v < end; v++)
        {
            sbyte* row = rows + (long)v * columns;
            int sum = 0;
            for (int i = 0; i < columns; i++)
            {
                sum += row[i] * q[i];
            }

            logits[v] = sum * (scales[v] * step);
        }
    }

    public static void MultiplyAvx2(sbyte* rows, float* scales, int columns, short* q, float step, float* logits, int first, int end)
    {
        for (int v = first; v < end; v++)
        {
            sbyte* row = rows + (long)v * columns;
            Vector256<int> sums = default;
            for (int i = 0; i < columns; i += 16)
            {
                sums += Avx2.MultiplyAddAdjacent(Avx2.ConvertToVector256Int16(Vector128.Load(row + i)), Vector256.Load(q + i));
            }

            logits[v] = Vector256.Sum(sums) * (scales[v] * step);
        }
    }

    /// <summary>Four rows share each load of q; their four sums are folded together.</summary>
    public static void MultiplyAvx512(sbyte* rows, float* scales, int columns, short* q, float step, float* logits, int first, int end)
    {
        // See TernaryMatMul.PrefetchBytes; two groups of four rows ahead.
        int ahead = 8 * columns;
        int v = first;
        for (; v + 4 <= end; v += 4)
        {
            sbyte* r0 = rows + (long)v * columns;
            sbyte* r1 = r0 + columns;
            sbyte* r2 = r1 + columns;
            sbyte* r3 = r2 + columns;
            Vector512<int> s0 = default, s1 = default, s2 = default, s3 = default;
            for (int i = 0; i < columns; i += 32)
            {
                if ((i & 32) == 0)
                {
                    Sse.Prefetch0(r0 + i + ahead);
                    Sse.Prefetch0(r1 + i + ahead);
                    Sse.Prefetch0(r2 + i + ahead);
                    Sse.Prefetch0(r3 + i + ahead);
                }

                Vector512<short> x = Vector512.Load(q + i);
                s0 += Avx512BW.MultiplyAddAdjacent(Avx512BW.ConvertToVector512Int16(Vector256.Load(r0 + i)), x);
                s1 += Avx512BW.MultiplyAddAdjacent(Avx512BW.ConvertToVector512Int16(Vector256.Load(r1 + i)), x);
                s2 += Avx512BW.MultiplyAddAdjacent(Avx512BW.ConvertToVector512Int16(Vector256.Load(r2 + i)), x);
                s3 += Avx512BW.MultiplyAddAdjacent(Avx512BW.ConvertToVector512Int16(Vector256.Load(r3 + i)), x);
            }

            Vector128<int> four = Vector128.Create(Vector512.Sum(s0), Vector512.Sum(s1), Vector512.Sum(s2), Vector512.Sum(s3));
            (Vector128.ConvertToSingle(four) * (Vector128.Load(scales + v) * step)).Store(logits + v);
        }

        if (v < end)
        {
            MultiplyScalar(rows, scales, columns, q, step, logits, v, end);
        }
    }
}
