using Tritter.Inference.Kernels;
using Tritter.Inference.KvCache;

namespace Tritter.Inference.Tests.Kernels;

/// <summary>Both attention paths against a softmax in doubles, and against each other to the bit.</summary>
public sealed unsafe class AttentionTests
{
    private const int All = int.MaxValue;

    /// <summary>Head dim, window, positions written: the last rows have given back what their window has passed.</summary>
    private static readonly (int HeadDim, int Window, int Positions)[] _texts =
    [
        (16, All, 1), (16, All, 16), (20, All, 100), (48, All, 100), (64, All, 1100), (16, 1, 40), (64, 1, 40), (16, 8, 31), (32, 8, 33),
        (48, 8, 100), (64, 8, 129), (6, 8, 100), (64, 1024, 1030), (64, 1024, 1500), (128, 70, 200), (20, 1024, 2200), (32, 8, 1300),
        (2, All, 194), (6, All, 130), (16, All, 194), (20, All, 129), (48, All, 128), (64, All, 129), (128, All, 322),
    ];

    public static TheoryData<int, int, int, KvPrecision> Cases =>
        [.. from t in _texts from precision in Enum.GetValues<KvPrecision>() select (t.HeadDim, t.Window, t.Positions, precision)];

    /// <summary>The vector path takes heads of whole lanes only.</summary>
    public static TheoryData<int, int, int, KvPrecision> WholeLanes => [.. Cases.Where(c => c.Data.Item1 % Lanes.Count == 0)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Result_is_within_1e_5_of_a_softmax_in_doubles_and_within_1e_4_over_int8_and_2e_4_with_int4(int headDim, int window, int positions, KvPrecision precision)
    {
        using var text = new Text(headDim, window, positions, precision);
        double[] expected = text.Exact(1, positions - 1);
        float[] scalar = text.Run(text.Scalar, 1, positions - 1, 1);
        float[] dispatched = text.Run(Attention.Attend, 1, positions - 1, 1);
        double tolerance = precision switch { KvPrecision.Float32 => 1e-5, KvPrecision.Int8 => 1e-4, _ => 2e-4 } * (precision == KvPrecision.Float32 ? 1 : expected.Max(Math.Abs));
        for (int d = 0; d < headDim; d++)
        {
            Assert.Equal(expected[d], scalar[d], tolerance);
            Assert.Equal(expected[d], dispatched[d], tolerance);
        }
    }

    [Theory]
    [MemberData(nameof(WholeLanes))]
    public void Vector_path_has_the_scalar_bits(int headDim, int window, int positions, KvPrecision precision)
    {
        using var text = new Text(headDim, window, positions, precision);
        for (int count = 1; count <= Math.Min(Attention.Tile, positions); count++)
        {
            float[] scalar = text.Run(text.Scalar, 0, positions - count, count);
            Bits.AssertEqual(scalar, text.Run(text.Vector, 0, positions - count, count), $"{count} queries");
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Queries_in_a_tile_get_the_bits_that_they_get_alone(int headDim, int window, int positions, KvPrecision precision)
    {
        using var text = new Text(headDim, window, positions, precision);
        for (int count = 2; count <= Math.Min(Attention.Tile, positions); count++)
        {
            float[] alone = Enumerable.Range(positions - count, count).SelectMany(p => text.Run(Attention.Attend, 0, p, 1)).ToArray();
            Bits.AssertEqual(alone, text.Run(Attention.Attend, 0, positions - count, count), $"{count} queries");
        }
    }

    [Theory]
    [InlineData(KvPrecision.Float32)]
    [InlineData(KvPrecision.Int8)]
    public void What_lies_outside_the_window_does_not_matter(KvPrecision precision)
    {
        using var text = new Text(16, 8, 40, precision);
        float[] expected = text.Run(Attention.Attend, 0, 39, 1);
        for (int p = 0; p < 32; p++)
        {
            text.Spoil(p);
        }

        Bits.AssertEqual(expected, text.Run(Attention.Attend, 0, 39, 1), "40 positions, window 8");
    }

    private delegate void Path(KvLayer layer, int kvHead, Query* queries, int count, int headDim, int window, float scale, float* scratch);

    /// <summary>Keys and values of two heads at some positions, in the cache and beside it.</summary>
    private sealed class Text : IDisposable
    {
        private const int KvHeads = 2;
        private readonly int _headDim;
        private readonly int _window;
        private readonly float _scale;
        private readonly KvPrecision _precision;
        private readonly PrefixTree _tree;
        private readonly KvSequence _sequence;
        private readonly AlignedBuffer<float> _keys;    // [positions, heads, headDim]
        private readonly AlignedBuffer<float> _values;  // [positions, heads, headDim]
        private readonly AlignedBuffer<float> _queries; // [positions, headDim]

        public Text(int headDim, int window, int positions, KvPrecision precision)
        {
            (_headDim, _window, _scale, _precision) = (headDim, window, 1 / MathF.Sqrt(headDim), precision);
            var random = new Random(headDim + positions);
            _keys = RandomBuffers.Normal(random, (long)positions * KvHeads * headDim, 2);
            _values = RandomBuffers.Normal(random, (long)positions * KvHeads * headDim);
            _queries = RandomBuffers.Normal(random, (long)positions * headDim);
            // The layer before it gives the layer an offset.
            _tree = new PrefixTree(new KvLayout([new(All, true), new(8, true), new(window, true)], KvHeads, headDim, precision), budget: 0);
            _sequence = new KvSequence(_tree, positions);
            for (int p = 0; p < positions; p++)
            {
                _sequence.Reserve(1);
                for (int head = 0; head < KvHeads; head++)
                {
                    int offset = (p * KvHeads + head) * headDim;
                    Layer.Write(p, head, _keys.Pointer + offset, _values.Pointer + offset);
                }

                _sequence.Advance([p]);
            }
        }

        public Path Scalar => _precision == KvPrecision.Float32 ? Attention.AttendScalar : Int8Attention.AttendScalar;

        public Path Vector => _precision == KvPrecision.Float32 ? Attention.AttendVector : Int8Attention.AttendVector;

        private KvLayer Layer => _sequence.Layer(2);

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

            path(Layer, kvHead, queries, count, _headDim, _window, _scale, scratch.Pointer);
            return results.Span.ToArray();
        }

        public double[] Exact(int kvHead, int position)
        {
            int[] seen = Enumerable.Range(0, position + 1).Where(p => position - p < _window).ToArray();
            double[] scores = seen.Select(p => Enumerable.Range(0, _headDim).Sum(d => (double)_queries.Span[position * _headDim + d] * At(_keys, p, kvHead, d, position)) * _scale).ToArray();
            double[] weights = scores.Select(s => Math.Exp(s - scores.Max())).ToArray();
            return Enumerable.Range(0, _headDim).Select(d => seen.Select((p, i) => weights[i] * At(_values, p, kvHead, d, position)).Sum() / weights.Sum()).ToArray();
        }

        /// <summary>Overwrites a position with large numbers.</summary>
        public void Spoil(int position)
        {
            float* large = stackalloc float[_headDim];
            new Span<float>(large, _headDim).Fill(1e30f);
            Layer.Write(position, 0, large, large);
        }

        public void Dispose()
        {
            _sequence.Dispose();
            _tree.Dispose();
            _keys.Dispose();
            _values.Dispose();
            _queries.Dispose();
        }

        /// <summary>An element of a key or value as a query reads it from the cache.</summary>
        private double At(AlignedBuffer<float> buffer, int position, int kvHead, int d, int query)
        {
            if (_precision == KvPrecision.Int4 && _window == All && position / 64 < query / 64 - 1)
            {
                byte* keys = Layer.PackedKeys(kvHead, position);
                byte* packed = buffer == _keys ? keys : Layer.PackedValues(keys);
                return Int4Codes.FromBFloat16(Int4Codes.Zeros(packed, _headDim)[d])
                    + (double)Int4Codes.FromBFloat16(Int4Codes.Scales(packed, _headDim)[d]) * Int4Codes.Code(packed, position % 64, d, _headDim, buffer == _keys);
            }

            ReadOnlySpan<float> head = buffer.Span.Slice((position * KvHeads + kvHead) * _headDim, _headDim);
            double step = head.ToArray().Max(Math.Abs) / 127.0;
            return _precision == KvPrecision.Float32 ? head[d] : step * Math.Round(head[d] / step);
        }
    }
}
