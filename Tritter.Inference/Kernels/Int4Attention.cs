using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Tritter.Inference.KvCache;

namespace Tritter.Inference.Kernels;

/// <summary>
/// What <see cref="Int8Attention"/> does, over a text's pages of <see cref="Int4Codes"/>, which are its first. A page's scales belong to channels:
/// those of keys go into the query before it is rounded to 16 bits, those of values into the page's sums, and the products are of whole numbers.
/// </summary>
/// <remarks>
/// With codes c, scales s and zeros z of a page, in this order: score = fma(sum of round(q * s / step) * c, step * scale, (q · z) * scale); a
/// page's contribution = weightStep * fma(s, sum over its positions of weight * c, z * sum of weight).
/// </remarks>
internal static unsafe class Int4Attention
{
    private const int Page = KvLayout.PagePositions;
    private const int Block = KvLayout.BlockPositions;
    private const int Low = 15;

    /// <summary>scores[p] of the positions before <paramref name="end"/>.</summary>
    public static void ScoreScalar(KvLayer layer, int kvHead, float* query, int headDim, float scale, int end, float* scores)
    {
        float* scaled = stackalloc float[headDim];
        short* q = stackalloc short[headDim];
        float* lanes = stackalloc float[Lanes.Count];
        for (int p = 0; p < end; p += Page)
        {
            byte* keys = layer.PackedKeys(kvHead, p);
            new Span<float>(lanes, Lanes.Count).Clear();
            for (int d = 0; d < headDim; d++)
            {
                scaled[d] = query[d] * Int4Codes.FromBFloat16(Int4Codes.Scales(keys, headDim)[d]);
                lanes[d % Lanes.Count] = MathF.FusedMultiplyAdd(query[d], Int4Codes.FromBFloat16(Int4Codes.Zeros(keys, headDim)[d]), lanes[d % Lanes.Count]);
            }

            float step = Quantize.ScalarInt16(scaled, q, headDim) * scale;
            float offset = Lanes.Fold(lanes) * scale;
            for (int slot = 0; slot < Page; slot++)
            {
                int sum = 0;
                for (int d = 0; d < headDim; d++)
                {
                    sum += q[d] * Int4Codes.Code(keys, slot, d, headDim, keys: true);
                }

                scores[p + slot] = MathF.FusedMultiplyAdd(sum, step, offset);
            }
        }
    }

    /// <summary>Adds a page's contribution to a query's result.</summary>
    /// <param name="page">The page's first position.</param>
    /// <param name="weights">[64]: softmax weights.</param>
    /// <param name="inverse">1 / <paramref name="step"/>, rounded where the weights are.</param>
    /// <param name="step">What 1 stands for in the rounded weights.</param>
    public static void WeighScalar(KvLayer layer, int kvHead, int page, float* weights, float inverse, float step, int headDim, float* result)
    {
        byte* values = layer.PackedValues(layer.PackedKeys(kvHead, page));
        for (int d = 0; d < headDim; d++)
        {
            int sum = 0, all = 0;
            for (int slot = 0; slot < Page; slot++)
            {
                int weight = (int)MathF.Round(weights[slot] * inverse, MidpointRounding.ToEven);
                sum += weight * Int4Codes.Code(values, slot, d, headDim, keys: false);
                all += weight;
            }

            float scale = Int4Codes.FromBFloat16(Int4Codes.Scales(values, headDim)[d]);
            float zero = Int4Codes.FromBFloat16(Int4Codes.Zeros(values, headDim)[d]);
            result[d] = MathF.FusedMultiplyAdd(step, MathF.FusedMultiplyAdd(scale, sum, zero * all), result[d]);
        }
    }

    /// <summary>scores[i * stride + p] = query i · key p for the positions before <paramref name="end"/>.</summary>
    public static void Score(KvLayer layer, int kvHead, Query* queries, int count, int headDim, float scale, int end, int stride, float* scores)
    {
        short* q = stackalloc short[Attention.Tile * headDim];
        float* steps = stackalloc float[Attention.Tile];
        float* offsets = stackalloc float[Attention.Tile];
        int* q0 = (int*)q;
        int* q1 = (int*)(q + headDim);
        int* q2 = (int*)(q + 2 * headDim);
        int* q3 = (int*)(q + 3 * headDim);
        for (int p = 0; p < end; p += Page)
        {
            byte* keys = layer.PackedKeys(kvHead, p);
            for (int i = 0; i < Attention.Tile; i++)
            {
                // A tile of fewer queries repeats its last one: the work is wasted, but there is one loop instead of four.
                steps[i] = ScaleQuery(queries[Math.Min(i, count - 1)].Vector, keys, headDim, q + i * headDim, out float offset) * scale;
                offsets[i] = offset * scale;
            }

            for (int block = 0; block < Page / 2; block += Block)
            {
                byte* codes = keys + block * headDim;
                Vector512<int> a0 = default, a1 = default, a2 = default, a3 = default;
                Vector512<int> b0 = default, b1 = default, b2 = default, b3 = default;
                for (int pair = 0; pair < headDim / 2; pair++, codes += 2 * Block)
                {
                    (Vector512<short> a, Vector512<short> b) = Unpack(codes);
                    Vector512<short> x = Vector512.Create(q0[pair]).AsInt16();
                    a0 += Int16Products.Pairs(a, x);
                    b0 += Int16Products.Pairs(b, x);
                    x = Vector512.Create(q1[pair]).AsInt16();
                    a1 += Int16Products.Pairs(a, x);
                    b1 += Int16Products.Pairs(b, x);
                    x = Vector512.Create(q2[pair]).AsInt16();
                    a2 += Int16Products.Pairs(a, x);
                    b2 += Int16Products.Pairs(b, x);
                    x = Vector512.Create(q3[pair]).AsInt16();
                    a3 += Int16Products.Pairs(a, x);
                    b3 += Int16Products.Pairs(b, x);
                }

                float* to = scores + p + block;
                Store(to, a0, b0, steps[0], offsets[0]);
                Store(to + stride, a1, b1, steps[1], offsets[1]);
                Store(to + 2L * stride, a2, b2, steps[2], offsets[2]);
                Store(to + 3L * stride, a3, b3, steps[3], offsets[3]);
            }
        }
    }

    /// <summary>result i = sum over the pages before <paramref name="end"/> of their contributions, not yet divided by the sum of all weights.</summary>
    /// <param name="weights">[count][stride]: 16-bit weights, each query's from the beginning of what were its scores.</param>
    /// <param name="steps">[count][stride / 64].</param>
    public static void WeighValues(KvLayer layer, int kvHead, Query* queries, int count, int headDim, int end, int stride, float* weights, float* steps)
    {
        int pages = stride / Page;
        int* w0 = (int*)weights;
        int* w1 = w0 + (long)Math.Min(1, count - 1) * stride;
        int* w2 = w0 + (long)Math.Min(2, count - 1) * stride;
        int* w3 = w0 + (long)Math.Min(3, count - 1) * stride;
        for (int d = 0; d < headDim; d += 16)
        {
            Vector512<float> f0 = default, f1 = default, f2 = default, f3 = default;
            for (int page = 0; page < end / Page; page++)
            {
                byte* values = layer.PackedValues(layer.PackedKeys(kvHead, page * Page));
                byte* codes = values + 2 * d;
                Vector512<int> a0 = default, a1 = default, a2 = default, a3 = default;
                int near = page * Page / 2;
                for (int pair = near; pair < near + Page / 4; pair++, codes += 2 * headDim)
                {
                    (Vector512<short> a, Vector512<short> b) = Unpack(codes);
                    int far = pair + Page / 4;
                    a0 += Int16Products.Pairs(a, Vector512.Create(w0[pair]).AsInt16()) + Int16Products.Pairs(b, Vector512.Create(w0[far]).AsInt16());
                    a1 += Int16Products.Pairs(a, Vector512.Create(w1[pair]).AsInt16()) + Int16Products.Pairs(b, Vector512.Create(w1[far]).AsInt16());
                    a2 += Int16Products.Pairs(a, Vector512.Create(w2[pair]).AsInt16()) + Int16Products.Pairs(b, Vector512.Create(w2[far]).AsInt16());
                    a3 += Int16Products.Pairs(a, Vector512.Create(w3[pair]).AsInt16()) + Int16Products.Pairs(b, Vector512.Create(w3[far]).AsInt16());
                }

                Vector512<float> scale = FromBFloat16(Int4Codes.Scales(values, headDim) + d);
                Vector512<float> zero = FromBFloat16(Int4Codes.Zeros(values, headDim) + d);
                f0 = Add(f0, a0, scale, zero, w0 + near, steps[page]);
                f1 = Add(f1, a1, scale, zero, w1 + near, steps[Math.Min(1, count - 1) * pages + page]);
                f2 = Add(f2, a2, scale, zero, w2 + near, steps[Math.Min(2, count - 1) * pages + page]);
                f3 = Add(f3, a3, scale, zero, w3 + near, steps[Math.Min(3, count - 1) * pages + page]);
            }

            // A query that stands for missing ones stores the same numbers again.
            f0.Store(queries[0].Result + d);
            f1.Store(queries[Math.Min(1, count - 1)].Result + d);
            f2.Store(queries[Math.Min(2, count - 1)].Result + d);
            f3.Store(queries[Math.Min(3, count - 1)].Result + d);
        }
    }

    /// <summary>Rounds a query times a page's key scales to 16 bits.</summary>
    /// <param name="offset">The query · the page's zeros.</param>
    /// <returns>The step.</returns>
    private static float ScaleQuery(float* query, byte* keys, int headDim, short* q, out float offset)
    {
        float* scaled = stackalloc float[headDim];
        Vector512<float> sums = default;
        for (int d = 0; d < headDim; d += Lanes.Count)
        {
            Vector512<float> x = Vector512.Load(query + d);
            (x * FromBFloat16(Int4Codes.Scales(keys, headDim) + d)).Store(scaled + d);
            sums = Vector512.FusedMultiplyAdd(x, FromBFloat16(Int4Codes.Zeros(keys, headDim) + d), sums);
        }

        offset = Lanes.Fold(sums);
        return Quantize.VectorInt16(scaled, q, headDim);
    }

    /// <summary>The low and the high halves of 32 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<short> Low, Vector512<short> High) Unpack(byte* codes)
    {
        Vector256<byte> bytes = Vector256.Load(codes);
        Vector256<byte> mask = Vector256.Create((byte)Low);
        Vector256<byte> high = Vector256.ShiftRightLogical(bytes.AsUInt16(), 4).AsByte() & mask;
        return (Int16Products.Widen((bytes & mask).AsSByte()), Int16Products.Widen(high.AsSByte()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> FromBFloat16(ushort* bits)
    {
        (Vector256<uint> low, Vector256<uint> high) = Vector256.Widen(Vector256.Load(bits));
        return (Vector512.Create(low, high) << 16).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* to, Vector512<int> low, Vector512<int> high, float step, float offset)
    {
        Vector512.FusedMultiplyAdd(Vector512.ConvertToSingle(low), Vector512.Create(step), Vector512.Create(offset)).Store(to);
        Vector512.FusedMultiplyAdd(Vector512.ConvertToSingle(high), Vector512.Create(step), Vector512.Create(offset)).Store(to + Page / 2);
    }

    /// <param name="weights">[32]: a page's 64 weights.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Add(Vector512<float> result, Vector512<int> sums, Vector512<float> scale, Vector512<float> zero, int* weights, float step)
    {
        Vector512<short> ones = Vector512<short>.One;
        int all = Vector512.Sum(Int16Products.Pairs(Vector512.Load((short*)weights), ones) + Int16Products.Pairs(Vector512.Load((short*)weights + 32), ones));
        return Vector512.FusedMultiplyAdd(Vector512.Create(step), Vector512.FusedMultiplyAdd(scale, Vector512.ConvertToSingle(sums), zero * all), result);
    }
}
