using System.Runtime.Intrinsics.X86;
using Tritter.Inference.Kernels;

namespace Tritter.Inference.Tests.Kernels;

public sealed unsafe class EmbeddingHeadTests
{
    private delegate void Path(sbyte* rows, float* scales, int vocab, in RoundedRows q, float* logits, int first, int end);

    private static readonly Dictionary<string, (bool IsSupported, int Columns, Path Multiply)> _paths = new()
    {
        ["Avx2"] = (Avx2.IsSupported, 16, EmbeddingHead.MultiplyAvx2),
        ["Avx512"] = (Avx512BW.IsSupported, 32, EmbeddingHead.MultiplyAvx512),
        ["dispatched"] = (true, 1, EmbeddingHead.Multiply),
    };

    public static TheoryData<string> Paths => new(_paths.Keys);

    [Theory]
    [MemberData(nameof(Paths))]
    public void Path_has_the_scalar_bits(string path)
    {
        (bool supported, int multiple, Path multiply) = _paths[path];
        Assert.SkipUnless(supported, $"this processor has no {path}");
        foreach (int columns in new[] { 1, 2, 7, 16, 32, 48, 64, 128, 768, 2560 }.Where(c => c % multiple == 0))
        {
            foreach (int vocab in new[] { 1, 2, 7, 16, 128 })
            {
                foreach (int tokens in new[] { 1, 2, 3, 4, 5, 7, 16 })
                {
                    using var head = new Head(new Random(columns + vocab + tokens), vocab, columns, tokens);
                    Bits.AssertEqual(head.Run(EmbeddingHead.MultiplyScalar), head.Run(multiply), $"{tokens} tokens, {vocab} x {columns}");
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void A_range_of_rows_writes_nothing_else(string path)
    {
        (bool supported, _, Path multiply) = _paths[path];
        Assert.SkipUnless(supported, $"this processor has no {path}");
        using var head = new Head(new Random(1), 32, 64);
        float[] whole = head.Run(EmbeddingHead.MultiplyScalar);
        foreach ((int first, int end) in new[] { (0, 1), (3, 10), (29, 32), (5, 5) })
        {
            float[] expected = whole.Select((logit, v) => v >= first && v < end ? logit : float.NaN).ToArray();
            Bits.AssertEqual(expected, head.Run(multiply, first, end), $"rows {first} to {end}");
        }
    }

    [Theory]
    [InlineData(16)]
    [InlineData(64)]
    [InlineData(768)]
    public void Logits_are_within_1e_4_of_the_product_in_doubles(int columns)
    {
        using var head = new Head(new Random(columns), 200, columns);
        Assert.InRange(Parity.Comparison.RelativeL2(head.Run(EmbeddingHead.Multiply), head.Exact()), 0, 1e-4);
    }

    [Fact]
    public void A_tokens_logits_do_not_depend_on_the_tokens_beside_it()
    {
        using var head = new Head(new Random(1), 37, 768, tokens: 6);
        float[] together = head.Run(EmbeddingHead.Multiply);
        for (int t = 0; t < 6; t++)
        {
            Bits.AssertEqual(head.Run(EmbeddingHead.Multiply, token: t), together.AsSpan(t * 37, 37), $"token {t}");
        }
    }

    [Fact]
    public void Sums_of_the_largest_numbers_stay_within_32_bits()
    {
        foreach (int columns in new[] { 1, 16, 512, 513, 768, 2560, 65536 })
        {
            foreach (float sign in new[] { 1f, -1f })
            {
                using var head = new Head(new Random(0), 5, columns);
                head.Rows.Span.Fill(-128);
                head.X.Span.Fill(3f * sign);
                float[] exact = head.Exact();
                Assert.InRange(Parity.Comparison.RelativeL2(head.Run(EmbeddingHead.MultiplyScalar), exact), 0, 1e-6);
                Assert.InRange(Parity.Comparison.RelativeL2(head.Run(EmbeddingHead.Multiply), exact), 0, 1e-6);
            }
        }
    }

    /// <summary>A random int8 embedding matrix and the hidden states of some tokens.</summary>
    private sealed class Head : IDisposable
    {
        private readonly int _columns;
        private readonly int _tokens;
        private readonly AlignedBuffer<float> _scales;
        private readonly AlignedBuffer<short> _q;
        private readonly AlignedBuffer<float> _steps;

        public Head(Random random, int vocab, int columns, int tokens = 1)
        {
            (_columns, _tokens) = (columns, tokens);
            Rows = new AlignedBuffer<sbyte>((long)vocab * columns);
            random.NextBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(Rows.Span));
            _scales = RandomBuffers.Normal(random, vocab, 0.01);
            X = RandomBuffers.Normal(random, (long)tokens * columns);
            _q = new AlignedBuffer<short>((long)tokens * columns);
            _steps = new AlignedBuffer<float>(tokens);
        }

        /// <summary>[vocab, columns].</summary>
        public AlignedBuffer<sbyte> Rows { get; }

        /// <summary>[tokens, columns].</summary>
        public AlignedBuffer<float> X { get; }

        /// <returns>[tokens, vocab], or [vocab] of one token; NaN where nothing was written.</returns>
        public float[] Run(Path multiply, int first = 0, int? end = null, int? token = null)
        {
            for (int t = 0; t < _tokens; t++)
            {
                _steps.Span[t] = Quantize.ToInt16(X.Pointer + t * _columns, _q.Pointer + t * _columns, _columns);
            }

            int skipped = token ?? 0;
            var q = new RoundedRows(_q.Pointer + skipped * _columns, _steps.Pointer + skipped, token is null ? _tokens : 1, _columns);
            using var logits = new AlignedBuffer<float>(q.Tokens * _scales.Length);
            logits.Span.Fill(float.NaN);
            multiply(Rows.Pointer, _scales.Pointer, (int)_scales.Length, q, logits.Pointer, first, end ?? (int)_scales.Length);
            return logits.Span.ToArray();
        }

        /// <summary>[vocab]: the first token's logits in doubles.</summary>
        public float[] Exact()
        {
            var logits = new float[_scales.Length];
            for (int v = 0; v < logits.Length; v++)
            {
                double sum = 0;
                for (int i = 0; i < _columns; i++)
                {
                    sum += (double)Rows.Span[v * _columns + i] * X.Span[i];
                }

                logits[v] = (float)(sum * _scales.Span[v]);
            }

            return logits;
        }

        public void Dispose()
        {
            Rows.Dispose();
            X.Dispose();
            _scales.Dispose();
            _q.Dispose();
            _steps.Dispose();
        }
    }
}
