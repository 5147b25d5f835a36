using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Tritter.Inference.KvCache;

namespace Tritter.Inference.Kernels;

/// <summary>
/// The softmax attention of <see cref="Attention"/> over int8 keys and values. Queries are rounded to 16 bits, and so are a page's softmax
/// weights, relative to the largest of them: both products are sums of whole numbers, exact in any order. Pages that a query reads as
/// int4 come first in its text, and <see cref="Int4Attention"/> does them.
/// </summary>
/// <remarks>
/// What is left in floats is done position by position in a fixed order: score = sum * keyScale * (queryStep * scale); weight = e^(score - max);
/// a page's contribution = step * sum over its 64 positions of round(weight * valueScale / step) * value.
/// </remarks>
internal static unsafe class Int8Attention
{
    private const int Page = KvLayout.PagePositions;
    private const int Block = KvLayout.BlockPositions;
    private const float MaxWeight = short.MaxValue;

    /// <summary>Floats of scratch that a call needs: for each query a score of each position, a step and a sum of each page, in whole pages.</summary>
    public static long ScratchLength(int positions)
    {
        long whole = positions + 2 * Page;
        return Attention.Tile * (whole + 2 * (whole / Page));
    }

    public static void AttendScalar(KvLayer layer, int kvHead, Query* queries, int count, int headDim, int window, float scale, float* scratch)
    {
        float* lanes = stackalloc float[Lanes.Count];
        short* q = stackalloc short[headDim];
        float* weights = stackalloc float[Page];
        for (int i = 0; i < count; i++)
        {
            int first = Attention.FirstSeen(queries[i].Position, window);
            int last = queries[i].Position;
            // Only layers that see everything have int4 pages: where there are any, first is 0.
            int packed = layer.PackedEnd(last);
            Int4Attention.ScoreScalar(layer, kvHead, queries[i].Vector, headDim, scale, packed, scratch);
            float step = Quantize.ToInt16(queries[i].Vector, q, headDim) * scale;
            float max = float.NegativeInfinity;
            for (int p = 0; p < packed; p++)
            {
                max = MathF.Max(max, scratch[p]);
            }

            for (int p = Math.Max(first, packed); p <= last; p++)
            {
                byte* keys = layer.Keys(kvHead, p);
                int slot = p % Page;
                sbyte* block = (sbyte*)keys + slot / Block * Block * headDim + slot % Block * 2;
                int sum = 0;
                for (int d = 0; d < headDim; d++)
                {
                    sum += q[d] * block[d / 2 * 2 * Block + d % 2];
                }

                scratch[p - first] = sum * layer.KeyScales(keys)[slot] * step;
                max = MathF.Max(max, scratch[p - first]);
            }

            new Span<float>(lanes, Lanes.Count).Clear();
            new Span<float>(queries[i].Result, headDim).Clear();
            for (int page = first / Page * Page; page <= last; page += Page)
            {
                byte* keys = page < packed ? null : layer.Keys(kvHead, page);
                float largest = 0;
                for (int slot = 0; slot < Page; slot++)
                {
                    weights[slot] = 0;
                    if (page + slot >= first && page + slot <= last)
                    {
                        float weight = Exp.Scalar(scratch[page + slot - first] - max);
                        lanes[slot % Lanes.Count] += weight;
                        weights[slot] = page < packed ? weight : weight * layer.ValueScales(keys)[slot];
                        largest = MathF.Max(largest, weights[slot]);
                    }
                }

                float inverse = largest > 0 ? MaxWeight / largest : 0;
                if (page < packed)
                {
                    Int4Attention.WeighScalar(layer, kvHead, page, weights, inverse, largest / MaxWeight, headDim, queries[i].Result);
                    continue;
                }

                sbyte* values = (sbyte*)layer.Values(keys);
                for (int d = 0; d < headDim; d++)
                {
                    int sum = 0;
                    for (int slot = 0; slot < Page; slot++)
                    {
                        sum += (int)MathF.Round(weights[slot] * inverse, MidpointRounding.ToEven) * values[slot / 2 * 2 * headDim + 2 * d + slot % 2];
                    }

                    queries[i].Result[d] = MathF.FusedMultiplyAdd(largest / MaxWeight, sum, queries[i].Result[d]);
                }
            }

            float total = 1f / Lanes.Fold(lanes);
            for (int d = 0; d < headDim; d++)
            {
                queries[i].Result[d] *= total;
            }
        }
    }

    /// <param name="scratch">At least <see cref="ScratchLength"/> floats for the positions from the first to the last seen, 64-byte aligned.</param>
    public static void AttendVector(KvLayer layer, int kvHead, Query* queries, int count, int headDim, int window, float scale, float* scratch)
    {
        int packed = layer.PackedEnd(queries[0].Position);
        if (packed != layer.PackedEnd(queries[count - 1].Position))
        {
            // Queries on either side of a page's end read one page in different forms.
            int near = 1;
            while (layer.PackedEnd(queries[near].Position) == packed)
            {
                near++;
            }

            AttendVector(layer, kvHead, queries, near, headDim, window, scale, scratch);
            AttendVector(layer, kvHead, queries + near, count - near, headDim, window, scale, scratch);
            return;
        }

        // Only layers that see everything have int4 pages: where there are any, origin is 0.
        int origin = Attention.FirstSeen(queries[0].Position, window) / Page * Page;
        int stride = (queries[count - 1].Position + Page - origin) / Page * Page;
        float* steps = scratch + (long)Attention.Tile * stride;
        short* q = stackalloc short[Attention.Tile * headDim];
        float* queryScales = stackalloc float[Attention.Tile];
        float* inverses = stackalloc float[Attention.Tile];
        for (int i = 0; i < Attention.Tile; i++)
        {
            // A tile of fewer queries repeats its last one: the work is wasted, but there is one loop instead of four.
            queryScales[i] = Quantize.ToInt16(queries[Math.Min(i, count - 1)].Vector, q + i * headDim, headDim) * scale;
        }

        if (packed > 0)
        {
            Int4Attention.Score(layer, kvHead, queries, count, headDim, scale, packed, stride, scratch);
        }

        Score(layer, kvHead, q, queryScales, headDim, origin, packed, stride, scratch);
        for (int i = 0; i < count; i++)
        {
            int first = Attention.FirstSeen(queries[i].Position, window);
            inverses[i] = Softmax(layer, kvHead, scratch + (long)i * stride, steps + i * (stride / Page), origin, packed, stride, first, queries[i].Position);
        }

        if (packed > 0)
        {
            Int4Attention.WeighValues(layer, kvHead, queries, count, headDim, packed, stride, scratch, steps);
        }

        WeighValues(layer, kvHead, queries, count, headDim, origin, packed, stride, scratch, steps, inverses);
    }

    /// <summary>scores[i * stride + p - origin] = query i · key p, for all positions of the pages behind the int4 ones, two blocks of 16 at a time.</summary>
    private static void Score(KvLayer layer, int kvHead, short* q, float* queryScales, int headDim, int origin, int packed, int stride, float* scores)
    {
        int* q0 = (int*)q;
        int* q1 = (int*)(q + headDim);
        int* q2 = (int*)(q + 2 * headDim);
        int* q3 = (int*)(q + 3 * headDim);
        for (int p = packed; p < stride; p += Page)
        {
            byte* keys = layer.Keys(kvHead, origin + p);
            float* scales = layer.KeyScales(keys);
            // Pages lie anywhere in memory, where the processor's own prefetcher does not find them: the next one's keys, at the end the first one's values.
            long ahead = (p + Page < stride ? layer.Keys(kvHead, origin + p + Page) : layer.Values(layer.Keys(kvHead, origin + packed))) - keys;
            for (int block = 0; block < Page; block += 2 * Block)
            {
                sbyte* ka = (sbyte*)keys + block * headDim;
                sbyte* kb = ka + Block * headDim;
                Vector512<int> a0 = default, a1 = default, a2 = default, a3 = default;
                Vector512<int> b0 = default, b1 = default, b2 = default, b3 = default;
                for (int pair = 0; pair < headDim / 2; pair++, ka += 2 * Block, kb += 2 * Block)
                {
                    Prefetch((pair & 1) == 0 ? ka + ahead : kb + ahead - 2 * Block);
                    Vector512<short> a = Int16Products.Widen(ka);
                    Vector512<short> b = Int16Products.Widen(kb);
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
                Vector512<float> scaleA = Vector512.Load(scales + block);
                Vector512<float> scaleB = Vector512.Load(scales + block + Block);
                Store(to, a0, scaleA, b0, scaleB, queryScales[0]);
                Store(to + stride, a1, scaleA, b1, scaleB, queryScales[1]);
                Store(to + 2L * stride, a2, scaleA, b2, scaleB, queryScales[2]);
                Store(to + 3L * stride, a3, scaleA, b3, scaleB, queryScales[3]);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(void* address)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(address);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* to, Vector512<int> a, Vector512<float> scaleA, Vector512<int> b, Vector512<float> scaleB, float queryScale)
    {
        (Vector512.ConvertToSingle(a) * scaleA * queryScale).Store(to);
        (Vector512.ConvertToSingle(b) * scaleB * queryScale).Store(to + Block);
    }

    /// <summary>
    /// Turns one query's scores into 16-bit weights of the values, in the same memory from its beginning; zero outside first..last.
    /// </summary>
    /// <param name="steps">[pages]: what 1 stands for in each page's weights.</param>
    /// <returns>1 / sum of the softmax weights.</returns>
    private static float Softmax(KvLayer layer, int kvHead, float* scores, float* steps, int origin, int packed, int stride, int first, int last)
    {
        Vector512<int> lane = Vector512<int>.Indices;
        Vector512<float> lowest = Vector512.Create(float.NegativeInfinity);
        Vector512<float> maxima = lowest;
        for (int p = 0; p < stride; p += Block)
        {
            Vector512<float> s = Vector512.Load(scores + p);
            if (origin + p < first || origin + p + Block - 1 > last)
            {
                Vector512<int> position = lane + Vector512.Create(origin + p);
                Vector512<int> seen = Vector512.GreaterThanOrEqual(position, Vector512.Create(first)) & Vector512.LessThanOrEqual(position, Vector512.Create(last));
                s = Vector512.ConditionalSelect(seen.AsSingle(), s, lowest);
                s.Store(scores + p);
            }

            maxima = Vector512.MaxNative(maxima, s);
        }

        Vector512<float> max = Vector512.Create(Lanes.Max(maxima));
        Vector512<float> sums = default;
        float* ones = stackalloc float[Page];
        new Span<float>(ones, Page).Fill(1);
        for (int p = 0; p < stride; p += Page)
        {
            // Scales of int4 values belong to channels and are no business of the weights.
            float* scales = p < packed ? ones : layer.ValueScales(layer.Keys(kvHead, origin + p));
            Vector512<float> w0 = Weight(scores + p, scales, max, lowest, ref sums);
            Vector512<float> w1 = Weight(scores + p + 16, scales + 16, max, lowest, ref sums);
            Vector512<float> w2 = Weight(scores + p + 32, scales + 32, max, lowest, ref sums);
            Vector512<float> w3 = Weight(scores + p + 48, scales + 48, max, lowest, ref sums);
            float largest = Lanes.Max(Vector512.MaxNative(Vector512.MaxNative(w0, w1), Vector512.MaxNative(w2, w3)));
            Vector512<float> inverse = Vector512.Create(largest > 0 ? MaxWeight / largest : 0);
            steps[p / Page] = largest / MaxWeight;
            // 16-bit weights take half the room: the scores still to be read are never overwritten.
            short* to = (short*)scores + p;
            Round(w0, inverse).Store(to);
            Round(w1, inverse).Store(to + 16);
            Round(w2, inverse).Store(to + 32);
            Round(w3, inverse).Store(to + 48);
        }

        return 1f / Lanes.Fold(sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Weight(float* scores, float* scales, Vector512<float> max, Vector512<float> lowest, ref Vector512<float> sums)
    {
        Vector512<float> s = Vector512.Load(scores);
        Vector512<float> unseen = Vector512.Equals(s, lowest);
        Vector512<float> weight = Exp.Vector(s - max);
        sums += Vector512.AndNot(weight, unseen);
        return Vector512.AndNot(weight * Vector512.Load(scales), unseen);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Round(Vector512<float> weights, Vector512<float> inverse)
    {
        Vector512<int> whole = Vector512.ConvertToInt32Native(Vector512.Round(weights * inverse));
        return Vector256.Narrow(whole.GetLower(), whole.GetUpper());
    }

    /// <summary>result i = inverse i * sum over pages of step[i, page] * (weights[i, page] · values of the page); what int4 pages brought is in result i before.</summary>
    private static void WeighValues(KvLayer layer, int kvHead, Query* queries, int count, int headDim, int origin, int packed, int stride, float* scratch, float* steps, float* inverses)
    {
        int pages = stride / Page;
        int* w0 = (int*)scratch;
        int* w1 = w0 + (long)Math.Min(1, count - 1) * stride;
        int* w2 = w0 + (long)Math.Min(2, count - 1) * stride;
        int* w3 = w0 + (long)Math.Min(3, count - 1) * stride;
        float* s1 = steps + Math.Min(1, count - 1) * pages;
        float* s2 = steps + Math.Min(2, count - 1) * pages;
        float* s3 = steps + Math.Min(3, count - 1) * pages;
        for (int d = 0; d < headDim; d += 32)
        {
            // A head that is an odd multiple of 16 wide reads its last 16 elements twice and stores them once.
            bool two = d + 16 < headDim;
            int second = two ? 32 : 0;
            Vector512<float> fa0 = default, fa1 = default, fa2 = default, fa3 = default;
            Vector512<float> fb0 = default, fb1 = default, fb2 = default, fb3 = default;
            if (packed > 0)
            {
                (fa0, fb0) = Load(queries[0].Result + d, two);
                (fa1, fb1) = Load(queries[Math.Min(1, count - 1)].Result + d, two);
                (fa2, fb2) = Load(queries[Math.Min(2, count - 1)].Result + d, two);
                (fa3, fb3) = Load(queries[Math.Min(3, count - 1)].Result + d, two);
            }

            for (int page = packed / Page; page < pages; page++)
            {
                sbyte* value = (sbyte*)layer.Values(layer.Keys(kvHead, origin + page * Page)) + 2 * d;
                sbyte* next = page + 1 < pages ? (sbyte*)layer.Values(layer.Keys(kvHead, origin + (page + 1) * Page)) + 2 * d : value;
                Vector512<int> a0 = default, a1 = default, a2 = default, a3 = default;
                Vector512<int> b0 = default, b1 = default, b2 = default, b3 = default;
                int end = (page + 1) * Page / 2;
                for (int pair = page * Page / 2; pair < end; pair++, value += 2 * headDim, next += 2 * headDim)
                {
                    Prefetch(next);
                    Vector512<short> a = Int16Products.Widen(value);
                    Vector512<short> b = Int16Products.Widen(value + second);
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

                Vector512<float> step = Vector512.Create(steps[page]);
                fa0 = Vector512.FusedMultiplyAdd(step, Vector512.ConvertToSingle(a0), fa0);
                fb0 = Vector512.FusedMultiplyAdd(step, Vector512.ConvertToSingle(b0), fb0);
                step = Vector512.Create(s1[page]);
                fa1 = Vector512.FusedMultiplyAdd(step, Vector512.ConvertToSingle(a1), fa1);
                fb1 = Vector512.FusedMultiplyAdd(step, Vector512.ConvertToSingle(b1), fb1);
                step = Vector512.Create(s2[page]);
                fa2 = Vector512.FusedMultiplyAdd(step, Vector512.ConvertToSingle(a2), fa2);
                fb2 = Vector512.FusedMultiplyAdd(step, Vector512.ConvertToSingle(b2), fb2);
                step = Vector512.Create(s3[page]);
                fa3 = Vector512.FusedMultiplyAdd(step, Vector512.ConvertToSingle(a3), fa3);
                fb3 = Vector512.FusedMultiplyAdd(step, Vector512.ConvertToSingle(b3), fb3);
            }

            Attention.Finish(queries, count, 0, d, two, fa0, fb0, inverses);
            Attention.Finish(queries, count, 1, d, two, fa1, fb1, inverses);
            Attention.Finish(queries, count, 2, d, two, fa2, fb2, inverses);
            Attention.Finish(queries, count, 3, d, two, fa3, fb3, inverses);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<float> A, Vector512<float> B) Load(float* result, bool two) =>
        (Vector512.Load(result), two ? Vector512.Load(result + 16) : default);
}
