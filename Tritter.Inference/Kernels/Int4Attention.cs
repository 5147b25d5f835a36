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
        // A tile of fewer queries multiplies with zeros for the others: the work is wasted, but there is one loop instead of four.
        short* q = stackalloc short[Attention.Tile * headDim];
        new Span<short>(q, Attention.Tile * headDim).Clear();
        float* steps = stackalloc float[Attention.Tile];
        float* offsets = stackalloc float[Attention.Tile];
        new Span<float>(steps, Attention.Tile).Clear();
        new Span<float>(offsets, Attention.Tile).Clear();
        float* scales = stackalloc float[headDim];
        float* zeros = stackalloc float[headDim];
        float* scaled = stackalloc float[headDim];
        int* q0 = (int*)q;
        int* q1 = (int*)(q + headDim);
        int* q2 = (int*)(q + 2 * headDim);
        int* q3 = (int*)(q + 3 * headDim);
        for (int p = 0; p < end; p += Page)
        {
            byte* keys = layer.PackedKeys(kvHead, p);
            for (int d = 0; d < headDim; d += Lanes.Count)
            {
                FromBFloat16(Int4Codes.Scales(keys, headDim) + d).Store(scales + d);
                FromBFloat16(Int4Codes.Zeros(keys, headDim) + d).Store(zeros + d);
            }

            for (int i = 0; i < count; i++)
            {
                steps[i] = ScaleQuery(queries[i].Vector, scales, zeros, headDim, scaled, q + i * headDim, out float offset) * scale;
                offsets[i] = offset * scale;
            }

            // As with int8: pages lie anywhere in memory, so the next one is asked for.
            long ahead = (p + Page < end ? layer.PackedKeys(kvHead, p + Page) : layer.PackedValues(layer.PackedKeys(kvHead, 0))) - keys;
            for (int block = 0; block < Page / 2; block += Block)
            {
                byte* codes = keys + block * headDim;
                Vector512<int> a0 = default, a1 = default, a2 = default, a3 = default;
                Vector512<int> b0 = default, b1 = default, b2 = default, b3 = default;
                for (int pair = 0; pair < headDim / 2; pair++, codes += 2 * Block)
                {
                    Int8Attention.Prefetch(codes + ahead);
                    Vector512<short> a = Unpack(codes, 0);
                    Vector512<short> b = Unpack(codes, 4);
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
    /// <param name="steps">[4][stride / 64], and room for as many numbers behind them.</param>
    public static void WeighValues(KvLayer layer, int kvHead, Query* queries, int count, int headDim, int end, int stride, float* weights, float* steps)
    {
        int pages = stride / Page;
        int* w0 = (int*)weights;
        int* w1 = w0 + (long)Math.Min(1, count - 1) * stride;
        int* w2 = w0 + (long)Math.Min(2, count - 1) * stride;
        int* w3 = w0 + (long)Math.Min(3, count - 1) * stride;
        float* sums = steps + Attention.Tile * pages;
        for (int i = 0; i < count; i++)
        {
            for (int page = 0; page < end / Page; page++)
            {
                sums[i * pages + page] = Sum((short*)(weights + (long)i * stride) + page * Page);
            }
        }

        float* s0 = steps;
        float* s1 = steps + Math.Min(1, count - 1) * pages;
        float* s2 = steps + Math.Min(2, count - 1) * pages;
        float* s3 = steps + Math.Min(3, count - 1) * pages;
        long toSums = sums - steps;
        for (int d = 0; d < headDim; d += 32)
        {
            // A head that is an odd multiple of 16 wide reads its last 16 elements twice and stores them once.
            bool two = d + 16 < headDim;
            int second = two ? 16 : 0;
            Vector512<float> fa0 = default, fa1 = default, fa2 = default, fa3 = default;
            Vector512<float> fb0 = default, fb1 = default, fb2 = default, fb3 = default;
            for (int page = 0; page < end / Page; page++)
            {
                byte* values = layer.PackedValues(layer.PackedKeys(kvHead, page * Page));
                long ahead = page + 1 < end / Page ? layer.PackedValues(layer.PackedKeys(kvHead, (page + 1) * Page)) - values : 0;
                Vector512<int> a0 = default, a1 = default, a2 = default, a3 = default;
                Vector512<int> b0 = default, b1 = default, b2 = default, b3 = default;
                int near = page * Page / 2;
                for (int half = 0; half < 2; half++)
                {
                    // The low halves of the bytes are positions 0 to 31, the high ones 32 to 63: apart they need no more registers than int8 values.
                    byte* codes = values + 2 * d;
                    for (int pair = near + half * Page / 4; pair < near + (half + 1) * Page / 4; pair++, codes += 2 * headDim)
                    {
                        Int8Attention.Prefetch(codes + ahead);
                        Vector512<short> a = Unpack(codes, 4 * half);
                        Vector512<short> b = Unpack(codes + 2 * second, 4 * half);
                        Vector512<short> x = Vector512.Create(w0[pair]).AsInt16();
                        a0 += Int16Products.Pairs(a, x);
                        b0 += Int16Products.Pairs(b, x);
                        x = Vector512.Create(w1[pair]).AsInt16();
                        a1 += Int16Products.Pairs(a, x);
                        b1 += Int16Products.Pairs(b, x);
                        x = Vector512.Create(w2[pair]).AsInt16();
                        a2 += Int16Products.Pairs(a, x);
                        b2 += Int16Products.Pairs(b, x);
                        x = Vector512.Create(w3[pair]).AsInt16();
                        a3 += Int16Products.Pairs(a, x);
                        b3 += Int16Products.Pairs(b, x);
                    }
                }

                Vector512<float> scaleA = FromBFloat16(Int4Codes.Scales(values, headDim) + d);
                Vector512<float> scaleB = FromBFloat16(Int4Codes.Scales(values, headDim) + d + second);
                Vector512<float> zeroA = FromBFloat16(Int4Codes.Zeros(values, headDim) + d);
                Vector512<float> zeroB = FromBFloat16(Int4Codes.Zeros(values, headDim) + d + second);
                fa0 = Add(fa0, a0, scaleA, zeroA, s0[page], s0[page + toSums]);
                fb0 = Add(fb0, b0, scaleB, zeroB, s0[page], s0[page + toSums]);
                fa1 = Add(fa1, a1, scaleA, zeroA, s1[page], s1[page + toSums]);
                fb1 = Add(fb1, b1, scaleB, zeroB, s1[page], s1[page + toSums]);
                fa2 = Add(fa2, a2, scaleA, zeroA, s2[page], s2[page + toSums]);
                fb2 = Add(fb2, b2, scaleB, zeroB, s2[page], s2[page + toSums]);
                fa3 = Add(fa3, a3, scaleA, zeroA, s3[page], s3[page + toSums]);
                fb3 = Add(fb3, b3, scaleB, zeroB, s3[page], s3[page + toSums]);
            }

            Store(queries, count, 0, d, second, fa0, fb0);
            Store(queries, count, 1, d, second, fa1, fb1);
            Store(queries, count, 2, d, second, fa2, fb2);
            Store(queries, count, 3, d, second, fa3, fb3);
        }
    }

    /// <summary>Rounds a query times a page's key scales to 16 bits.</summary>
    /// <param name="scales">[headDim].</param>
    /// <param name="zeros">[headDim].</param>
    /// <param name="scaled">[headDim] of scratch.</param>
    /// <param name="offset">The query · the page's zeros.</param>
    /// <returns>The step.</returns>
    private static float ScaleQuery(float* query, float* scales, float* zeros, int headDim, float* scaled, short* q, out float offset)
    {
        Vector512<float> sums = default;
        for (int d = 0; d < headDim; d += Lanes.Count)
        {
            Vector512<float> x = Vector512.Load(query + d);
            (x * Vector512.Load(scales + d)).Store(scaled + d);
            sums = Vector512.FusedMultiplyAdd(x, Vector512.Load(zeros + d), sums);
        }

        offset = Lanes.Fold(sums);
        return Quantize.VectorInt16(scaled, q, headDim);
    }

    /// <summary>Four bits of each of 32 bytes, whose sign is masked away with the others.</summary>
    /// <param name="from">0 for the low ones, 4 for the high ones.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<short> Unpack(byte* codes, int from) =>
        Vector512.ShiftRightLogical(Int16Products.Widen((sbyte*)codes), from) & Vector512.Create((short)Low);

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

    /// <param name="all">The sum of the page's weights.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Add(Vector512<float> result, Vector512<int> sums, Vector512<float> scale, Vector512<float> zero, float step, float all) =>
        Vector512.FusedMultiplyAdd(Vector512.Create(step), Vector512.FusedMultiplyAdd(scale, Vector512.ConvertToSingle(sums), zero * all), result);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Query* queries, int count, int i, int d, int second, Vector512<float> a, Vector512<float> b)
    {
        if (i < count)
        {
            a.Store(queries[i].Result + d);
            b.Store(queries[i].Result + d + second);
        }
    }

    /// <summary>The sum of a page's 64 weights.</summary>
    private static int Sum(short* weights)
    {
        Vector512<short> ones = Vector512<short>.One;
        return Vector512.Sum(Int16Products.Pairs(Vector512.Load(weights), ones) + Int16Products.Pairs(Vector512.Load(weights + 32), ones));
    }
}
