using Tritter.Inference.Kernels;
using Tritter.Inference.KvCache;

namespace Tritter.Inference.Tests.Kernels;

/// <summary>Both attention paths against a softmax in doubles, and against each other to the bit.</summary>
public sealed unsafe class AttentionTests
{
    private const int All = int.MaxValue;

    /// <summary>Head dim, window, ring slots, positions written: the last rows have gone round the ring.</summary>
    public static TheoryData<int, int, int, int> Cases => new()
    {
        { 16, All, 64, 1 },
        { 16, All, 64, 16 },
        { 20, All, 128, 100 },
        { 48, All, 128, 100 },
        { 64, All, 1200, 1100 },
        { 16, 1, 64, 40 },
        { 64, 1, 16, 40 },
        { 16, 8, 32, 31 },
        { 32, 8, 32, 33 },
        { 48, 8, 32, 100 },
        { 64, 8, 48, 100 },
        { 6, 8, 32, 100 },
        { 64, 1024, 1040, 1030 },
        { 64, 1024, 1040, 1500 },
        { 20, 1024, 1040, 2100 },
    };

    /// <summary>The vector path takes heads of whole lanes only.</summary>
    public static TheoryData<int, int, int, int> WholeLanes => [.. Cases.Where(c => c.Data.Item1 % Lanes.Count == 0)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Result_is_within_1e_5_of_a_softmax_in_doubles(int headDim, int window, int slots, int positions)
    {
        using var text = new Text(headDim, window, slots, positions);
        double[] expected = text.Exact(1, positions - 1);
        float[] scalar = text.Run(Attention.AttendScalar, 1, positions - 1, 1);
        float[] dispatched = text.Run(Attention.Attend, 1, positions - 1, 1);
        for (int d = 0; d < headDim; d++)
        {
            Assert.Equal(expected[d], scalar[d], 1e-5);
            Assert.Equal(expected[d], dispatched[d], 1e-5);
        }
    }

    [Theory]
    [MemberData(nameof(WholeLanes))]
    public void Vector_path_has_the_scalar_bits(int headDim, int window, int slots, int positions)
    {
        using var text = new Text(headDim, window, slots, positions);
        for (int count = 1; count <= Math.Min(Attention.Tile, positions); count++)
        {
            float[] scalar = text.Run(Attention.AttendScalar, 0, positions - count, count);
            Bits.AssertEqual(scalar, text.Run(Attention.AttendVector, 0, positions - count, count), $"{count} queries");
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Queries_in_a_tile_get_the_bits_that_they_get_alone(int headDim, int window, int slots, int positions)
    {
        using var text = new Text(headDim, window, slots, positions);
        for (int count = 2; count <= Math.Min(Attention.Tile, positions); count++)
        {
            float[] alone = Enumerable.Range(positions - count, count).SelectMany(p => text.Run(Attention.Attend, 0, p, 1)).ToArray();
            Bits.AssertEqual(alone, text.Run(Attention.Attend, 0, positions - count, count), $"{count} queries");
        }
    }

    [Fact]
    public void What_lies_outside_the_window_does_not_matter()
    {
        using var text = new Text(16, 8, 64, 40);
        float[] expected = text.Run(Attention.Attend, 0, 39, 1);
        for (int p = 0; p < 32; p++)
        {
            text.Spoil(p);
        }

        Bits.AssertEqual(expected, text.Run(Attention.Attend, 0, 39, 1), "40 positions, window 8");
    }

    private delegate void Path(KvLayer layer, int kvHead, Query* queries, int count, int headDim, int window, float scale, float* scratch);

    /// <summary>Keys and values of two heads at some positions, in the ring and beside it.</summary>
    private sealed class Text : IDisposable
    {
        private const int KvHeads = 2;
        private readonly int _headDim;
        private readonly int _window;
        private readonly float _scale;
        private readonly KvLayer _layer;
        private readonly AlignedBuffer<float> _keys;    // [positions, heads, headDim]
        private readonly AlignedBuffer<float> _values;  // [positions, heads, headDim]
        private readonly AlignedBuffer<float> _queries; // [positions, headDim]

        public Text(int headDim, int window, int slots, int positions)
        {
            (_headDim, _window, _scale) = (headDim, window, 1 / MathF.Sqrt(headDim));
            var random = new Random(headDim + positions);
            _keys = RandomBuffers.Normal(random, (long)positions * KvHeads * headDim, 2);
            _values = RandomBuffers.Normal(random, (long)positions * KvHeads * headDim);
            _queries = RandomBuffers.Normal(random, (long)positions * headDim);
            _layer = new KvLayer(slots, KvHeads, headDim);
            for (int p = 0; p < positions; p++)
            {
                _layer.Write(p, _keys.Pointer + p * KvHeads * headDim, _values.Pointer + p * KvHeads * headDim);
            }
        }

        /// <summary>[count, headDim]: the results of neighbouring queries in one tile.</summary>
        public float[] Run(Path path, int kvHead, int firstPosition, int count)
        {
            using var results = new AlignedBuffer<float>((long)count * _headDim);
            results.Span.Fill(float.NaN);
            using var scratch = new AlignedBuffer<float>(Attention.ScratchLength((int)Math.Min((long)_window + count, firstPosition + count)));
            scratch.Span.Fill(float.NaN);
            Query* queries = stackalloc Query[count];
            for (int i = 0; i < count; i++)
            {
                int position = firstPosition + i;
                queries[i] = new Query { Vector = _queries.Pointer + position * _headDim, Result = results.Pointer + i * _headDim, Position = position };
            }

            path(_layer, kvHead, queries, count, _headDim, _window, _scale, scratch.Pointer);
            return results.Span.ToArray();
        }

        public double[] Exact(int kvHead, int position)
        {
            int[] seen = Enumerable.Range(0, position + 1).Where(p => position - p < _window).ToArray();
            double[] scores = seen.Select(p => Enumerable.Range(0, _headDim).Sum(d => (double)_queries.Span[position * _headDim + d] * At(_keys, p, kvHead, d)) * _scale).ToArray();
            double[] weights = scores.Select(s => Math.Exp(s - scores.Max())).ToArray();
            return Enumerable.Range(0, _headDim).Select(d => seen.Select((p, i) => weights[i] * At(_values, p, kvHead, d)).Sum() / weights.Sum()).ToArray();
        }

        /// <summary>Overwrites a position with large numbers.</summary>
        public void Spoil(int position)
        {
            float* large = stackalloc float[KvHeads * _headDim];
            new Span<float>(large, KvHeads * _headDim).Fill(1e30f);
            _layer.Write(position, large, large);
        }

        public void Dispose()
        {
            _layer.Dispose();
            _keys.Dispose();
            _values.Dispose();
            _queries.Dispose();
        }

        private double At(AlignedBuffer<float> buffer, int position, int kvHead, int d) => buffer.Span[(position * KvHeads + kvHead) * _headDim + d];
    }
}
