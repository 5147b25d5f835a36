using Tritter.Inference.Kernels;

namespace Tritter.Inference.Model;

/// <summary>The output matrix [vocab, hidden] in int8 with a scale for each row: what <see cref="EmbeddingHead"/> multiplies.</summary>
internal sealed unsafe class OutputHead : IDisposable
{
    private readonly AlignedBuffer<sbyte>? _ownRows;
    private readonly AlignedBuffer<float>? _ownScales;

    /// <summary>Rows and scales that somebody else owns.</summary>
    public OutputHead(sbyte* rows, float* scales)
    {
        Rows = rows;
        Scales = scales;
    }

    private OutputHead(AlignedBuffer<sbyte> rows, AlignedBuffer<float> scales)
        : this(rows.Pointer, scales.Pointer)
    {
        _ownRows = rows;
        _ownScales = scales;
    }

    public sbyte* Rows { get; }

    public float* Scales { get; }

    /// <summary>
    /// Rounds rows of another format to int8 by each row's largest element. It costs a logit about 0.4 % of a row's norm, less than
    /// rounding activations does, and halves what decoding reads of a bfloat16 matrix.
    /// </summary>
    public static OutputHead Round(EmbeddingRows source, int vocab, int hidden)
    {
        var rows = new AlignedBuffer<sbyte>((long)vocab * hidden);
        var scales = new AlignedBuffer<float>(vocab);
        const int Batch = 256;
        Parallel.For(0, (vocab + Batch - 1) / Batch, batch =>
        {
            using var x = new AlignedBuffer<float>(hidden);
            for (int v = batch * Batch; v < Math.Min(vocab, (batch + 1) * Batch); v++)
            {
                source.Read(v, x.Pointer);
                scales.Pointer[v] = Quantize.ToInt8(x.Pointer, rows.Pointer + (long)v * hidden, hidden, out _);
            }
        });
        return new OutputHead(rows, scales);
    }

    /// <summary>A ternary matrix, value for value.</summary>
    /// <param name="packed">[vocab, hidden / 4] as in <see cref="TernaryRows"/>.</param>
    /// <param name="scales">[vocab].</param>
    public static OutputHead OfTernary(ReadOnlySpan<byte> packed, float[] scales, int vocab, int hidden)
    {
        var rows = new AlignedBuffer<sbyte>((long)vocab * hidden);
        for (int i = 0; i < vocab * hidden; i++)
        {
            rows.Pointer[i] = (sbyte)((packed[i / 4] >> (i % 4 * 2) & 3) - 1);
        }

        return new OutputHead(rows, AlignedBuffer<float>.Of(scales));
    }

    public void Dispose()
    {
        _ownRows?.Dispose();
        _ownScales?.Dispose();
    }
}
