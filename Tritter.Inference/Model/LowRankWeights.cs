using Tritter.Inference.Kernels;

namespace Tritter.Inference.Model;

/// <summary>What an adapter adds to one matrix: scale · B · A.</summary>
internal sealed unsafe class LowRankWeights : IDisposable
{
    private readonly AlignedBuffer<float> _a; // [rank, columns]
    private readonly AlignedBuffer<float> _b; // [rank, rows], with the scale

    /// <param name="a">[rank, columns].</param>
    /// <param name="b">[rows, rank], as files have it.</param>
    public LowRankWeights(float[] a, float[] b, int rank, int rows, int columns, float scale)
    {
        (Rank, Rows, Columns) = (rank, rows, columns);
        var transposed = new float[b.Length];
        for (int i = 0; i < b.Length; i++)
        {
            transposed[i % rank * rows + i / rank] = b[i] * scale;
        }

        _a = AlignedBuffer<float>.Of(a);
        _b = AlignedBuffer<float>.Of(transposed);
    }

    public int Rank { get; }
    public int Rows { get; }
    public int Columns { get; }

    /// <param name="u">[rank], for <see cref="Add"/>.</param>
    public void Reduce(sbyte* x, float step, float* u) => LowRank.Down(_a.Pointer, Rank, x, step, Columns, u);

    public void Add(float* u, float* y, int first, int end) => LowRank.Up(_b.Pointer, Rank, Rows, u, y, first, end);

    public void Dispose()
    {
        _a.Dispose();
        _b.Dispose();
    }
}

/// <summary>An adapter's part of one layer; null for matrices that it leaves as they are.</summary>
internal sealed record LayerAdapter(LowRankWeights? Query, LowRankWeights? Key, LowRankWeights? Value, LowRankWeights? Output, LowRankWeights? Gate, LowRankWeights? Up, LowRankWeights? Down)
{
    public IEnumerable<LowRankWeights> All => new[] { Query, Key, Value, Output, Gate, Up, Down }.OfType<LowRankWeights>();
}
