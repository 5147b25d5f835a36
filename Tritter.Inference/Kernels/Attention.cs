using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Tritter.Inference.KvCache;

namespace Tritter.Inference.Kernels;

/// <summary>One query head of one token.</summary>
internal unsafe struct Query
{
    /// <summary>[headDim].</summary>
    public float* Vector;

    /// <summary>[headDim], where the attention's result goes.</summary>
    public float* Result;

    /// <summary>The token's position; it sees itself and what lies before it within the window.</summary>
    public int Position;
}

/// <summary>
/// Causal softmax attention, <c>softmax(q·K * scale) V</c> (arXiv:1706.03762), for queries that share a key head.
/// </summary>
/// <remarks>
/// Up to four queries go together, which reads keys and values once for all of them. Every float is computed in an order that depends
/// on positions alone, never on which queries share a tile: results are the same however a prompt is cut.
/// </remarks>
internal static unsafe class Attention
{
    public const int Tile = 4;

    /// <summary>Floats of scratch that a call needs: a score for each query and position seen, in whole blocks.</summary>
    public static long ScratchLength(int positions) => Int8Attention.ScratchLength(positions);

    /// <param name="queries">1 to 4 queries, positions ascending.</param>
    /// <param name="window">Positions that a query sees.</param>
    /// <param name="scratch">At least <see cref="ScratchLength"/> floats for the positions from the first to the last seen, 64-byte aligned.</param>
    public static void Attend(KvLayer layer, int kvHead, Query* queries, int count, int headDim, int window, float scale, float* scratch)
    {
        bool vector = FloatVectors.AreFast && headDim % Lanes.Count == 0;
        switch (layer.Precision, vector)
        {
            case (KvPrecision.Float32, true):
                AttendVector(layer, kvHead, queries, count, headDim, window, scale, scratch);
                break;
            case (KvPrecision.Float32, false):
                AttendScalar(layer, kvHead, queries, count, headDim, window, scale, scratch);
                break;
            case (_, true):
                Int8Attention.AttendVector(layer, kvHead, queries, count, headDim, window, scale, scratch);
                break;
            default:
                Int8Attention.AttendScalar(layer, kvHead, queries, count, headDim, window, scale, scratch);
                break;
        }
    }

    public static void AttendScalar(KvLayer layer, int kvHead, Query* queries, int count, int headDim, int window, float scale, float* scratch)
    {
        float* lanes = stackalloc float[Lanes.Count];
        for (int i = 0; i < count; i++)
        {
            int start = FirstSeen(queries[i].Position, window);
            float max = float.NegativeInfinity;
            for (int p = start; p <= queries[i].Position; p++)
            {
                float* keys = KeyBlock(layer, kvHead, p - p % Lanes.Count, headDim) + p % Lanes.Count;
                float score = 0;
                for (int d = 0; d < headDim; d++)
                {
                    score = MathF.FusedMultiplyAdd(queries[i].Vector[d], keys[d * Lanes.Count], score);
                }

                scratch[p - start] = score * scale;
                max = MathF.Max(max, scratch[p - start]);
            }

            new Span<float>(lanes, Lanes.Count).Clear();
            new Span<float>(queries[i].Result, headDim).Clear();
            for (int p = start; p <= queries[i].Position; p++)
            {
                float weight = Exp.Scalar(scratch[p - start] - max);
                lanes[p % Lanes.Count] += weight;
                float* value = Value(layer, kvHead, p, headDim);
                for (int d = 0; d < headDim; d++)
                {
                    queries[i].Result[d] = MathF.FusedMultiplyAdd(weight, value[d], queries[i].Result[d]);
                }
            }

            float inverse = 1f / Lanes.Fold(lanes);
            for (int d = 0; d < headDim; d++)
            {
                queries[i].Result[d] *= inverse;
            }
        }
    }

    public static void AttendVector(KvLayer layer, int kvHead, Query* queries, int count, int headDim, int window, float scale, float* scratch)
    {
        int start = FirstSeen(queries[0].Position, window);
        int end = queries[count - 1].Position + 1;
        int origin = start - start % Lanes.Count;
        int stride = (end - origin + Lanes.Count - 1) / Lanes.Count * Lanes.Count;
        Score(layer, kvHead, queries, count, headDim, origin, stride, scratch);
        float* inverses = stackalloc float[Tile];
        for (int i = 0; i < count; i++)
        {
            inverses[i] = Softmax(scratch + (long)i * stride, origin, stride, FirstSeen(queries[i].Position, window), queries[i].Position, scale);
        }

        WeighValues(layer, kvHead, queries, count, headDim, start, end, scratch, origin, stride, inverses);
    }

    /// <summary>The first position that a query sees.</summary>
    public static int FirstSeen(int position, int window) => Math.Max(0, (int)Math.Max(int.MinValue, (long)position - window + 1));

    /// <summary>[headDim, 16]: the keys of the 16 positions from <paramref name="position"/>, a multiple of 16.</summary>
    private static float* KeyBlock(KvLayer layer, int kvHead, int position, int headDim) =>
        (float*)layer.Keys(kvHead, position) + position % KvLayout.PagePositions * headDim;

    /// <summary>[headDim]: the value at a position; the next position's follows until the page's end.</summary>
    private static float* Value(KvLayer layer, int kvHead, int position, int headDim) =>
        (float*)layer.Values(layer.Keys(kvHead, position)) + position % KvLayout.PagePositions * headDim;

    /// <summary>scores[i * stride + p - origin] = query i · key p, four blocks of 16 positions at a time.</summary>
    private static void Score(KvLayer layer, int kvHead, Query* queries, int count, int headDim, int origin, int stride, float* scores)
    {
        // A tile of fewer queries repeats its last one: the work is wasted, but there is one loop instead of four.
        float* q0 = queries[0].Vector;
        float* q1 = queries[Math.Min(1, count - 1)].Vector;
        float* q2 = queries[Math.Min(2, count - 1)].Vector;
        float* q3 = queries[Math.Min(3, count - 1)].Vector;
        float* to0 = scores;
        float* to1 = scores + (long)Math.Min(1, count - 1) * stride;
        float* to2 = scores + (long)Math.Min(2, count - 1) * stride;
        float* to3 = scores + (long)Math.Min(3, count - 1) * stride;
        int p = 0;
        for (; p + 32 <= stride; p += 32)
        {
            float* ka = KeyBlock(layer, kvHead, origin + p, headDim);
            float* kb = KeyBlock(layer, kvHead, origin + p + 16, headDim);
            Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default;
            Vector512<float> b0 = default, b1 = default, b2 = default, b3 = default;
            for (int d = 0; d < headDim; d++, ka += 16, kb += 16)
            {
                Vector512<float> a = Vector512.Load(ka);
                Vector512<float> b = Vector512.Load(kb);
                Vector512<float> x = Vector512.Create(q0[d]);
                a0 = Vector512.FusedMultiplyAdd(x, a, a0);
                b0 = Vector512.FusedMultiplyAdd(x, b, b0);
                x = Vector512.Create(q1[d]);
                a1 = Vector512.FusedMultiplyAdd(x, a, a1);
                b1 = Vector512.FusedMultiplyAdd(x, b, b1);
                x = Vector512.Create(q2[d]);
                a2 = Vector512.FusedMultiplyAdd(x, a, a2);
                b2 = Vector512.FusedMultiplyAdd(x, b, b2);
                x = Vector512.Create(q3[d]);
                a3 = Vector512.FusedMultiplyAdd(x, a, a3);
                b3 = Vector512.FusedMultiplyAdd(x, b, b3);
            }

            a0.Store(to0 + p);
            b0.Store(to0 + p + 16);
            a1.Store(to1 + p);
            b1.Store(to1 + p + 16);
            a2.Store(to2 + p);
            b2.Store(to2 + p + 16);
            a3.Store(to3 + p);
            b3.Store(to3 + p + 16);
        }

        for (; p < stride; p += 16)
        {
            float* ka = KeyBlock(layer, kvHead, origin + p, headDim);
            Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default;
            for (int d = 0; d < headDim; d++, ka += 16)
            {
                Vector512<float> a = Vector512.Load(ka);
                a0 = Vector512.FusedMultiplyAdd(Vector512.Create(q0[d]), a, a0);
                a1 = Vector512.FusedMultiplyAdd(Vector512.Create(q1[d]), a, a1);
                a2 = Vector512.FusedMultiplyAdd(Vector512.Create(q2[d]), a, a2);
                a3 = Vector512.FusedMultiplyAdd(Vector512.Create(q3[d]), a, a3);
            }

            a0.Store(to0 + p);
            a1.Store(to1 + p);
            a2.Store(to2 + p);
            a3.Store(to3 + p);
        }
    }

    /// <summary>Turns one query's scores into weights in place, zero outside first..last.</summary>
    /// <returns>1 / sum of the weights.</returns>
    private static float Softmax(float* scores, int origin, int stride, int first, int last, float scale)
    {
        int firstBlock = (first - origin) / 16 * 16;
        int endBlock = (last - origin) / 16 * 16 + 16;
        Vector512<int> lane = Vector512<int>.Indices;
        Vector512<float> lowest = Vector512.Create(float.NegativeInfinity);
        Vector512<float> maxima = lowest;
        for (int p = firstBlock; p < endBlock; p += 16)
        {
            Vector512<float> s = Vector512.Load(scores + p) * scale;
            Vector512<int> position = lane + Vector512.Create(origin + p);
            Vector512<int> seen = Vector512.GreaterThanOrEqual(position, Vector512.Create(first)) & Vector512.LessThanOrEqual(position, Vector512.Create(last));
            s = Vector512.ConditionalSelect(seen.AsSingle(), s, lowest);
            s.Store(scores + p);
            maxima = Vector512.MaxNative(maxima, s);
        }

        Vector512<float> max = Vector512.Create(Lanes.Max(maxima));
        Vector512<float> sums = default;
        for (int p = firstBlock; p < endBlock; p += 16)
        {
            Vector512<float> s = Vector512.Load(scores + p);
            Vector512<float> weight = Vector512.AndNot(Exp.Vector(s - max), Vector512.Equals(s, lowest));
            sums += weight;
            weight.Store(scores + p);
        }

        // Other queries of the tile see positions that this one does not.
        new Span<float>(scores, firstBlock).Clear();
        new Span<float>(scores + endBlock, stride - endBlock).Clear();
        return 1f / Lanes.Fold(sums);
    }

    /// <summary>result i = inverse i * sum over p of weight[i, p] * value p, positions in order.</summary>
    private static void WeighValues(KvLayer layer, int kvHead, Query* queries, int count, int headDim, int start, int end, float* weights, int origin, int stride, float* inverses)
    {
        float* w0 = weights - origin;
        float* w1 = w0 + (long)Math.Min(1, count - 1) * stride;
        float* w2 = w0 + (long)Math.Min(2, count - 1) * stride;
        float* w3 = w0 + (long)Math.Min(3, count - 1) * stride;
        for (int d = 0; d < headDim; d += 32)
        {
            bool two = d + 16 < headDim;
            Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default;
            Vector512<float> b0 = default, b1 = default, b2 = default, b3 = default;
            for (int p = start; p < end;)
            {
                // Values of neighbouring positions lie together to the page's end.
                int run = Math.Min(end, p - p % KvLayout.PagePositions + KvLayout.PagePositions);
                float* value = Value(layer, kvHead, p, headDim) + d;
                // A head that is an odd multiple of 16 wide reads its last 16 elements twice and stores them once.
                int second = two ? 16 : 0;
                for (; p < run; p++, value += headDim)
                {
                    Vector512<float> va = Vector512.Load(value);
                    Vector512<float> vb = Vector512.Load(value + second);
                    Vector512<float> x = Vector512.Create(w0[p]);
                    a0 = Vector512.FusedMultiplyAdd(x, va, a0);
                    b0 = Vector512.FusedMultiplyAdd(x, vb, b0);
                    x = Vector512.Create(w1[p]);
                    a1 = Vector512.FusedMultiplyAdd(x, va, a1);
                    b1 = Vector512.FusedMultiplyAdd(x, vb, b1);
                    x = Vector512.Create(w2[p]);
                    a2 = Vector512.FusedMultiplyAdd(x, va, a2);
                    b2 = Vector512.FusedMultiplyAdd(x, vb, b2);
                    x = Vector512.Create(w3[p]);
                    a3 = Vector512.FusedMultiplyAdd(x, va, a3);
                    b3 = Vector512.FusedMultiplyAdd(x, vb, b3);
                }
            }

            Finish(queries, count, 0, d, two, a0, b0, inverses);
            Finish(queries, count, 1, d, two, a1, b1, inverses);
            Finish(queries, count, 2, d, two, a2, b2, inverses);
            Finish(queries, count, 3, d, two, a3, b3, inverses);
        }
    }

    /// <summary>result i from <paramref name="d"/> on: 16 elements of <paramref name="a"/>, and of <paramref name="b"/> if there are two.</summary>
    // Inlined: a call would make the compiler keep the accumulators in memory throughout the loop before it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Finish(Query* queries, int count, int i, int d, bool two, Vector512<float> a, Vector512<float> b, float* inverses)
    {
        if (i < count)
        {
            (a * inverses[i]).Store(queries[i].Result + d);
            if (two)
            {
                (b * inverses[i]).Store(queries[i].Result + d + 16);
            }
        }
    }
}
