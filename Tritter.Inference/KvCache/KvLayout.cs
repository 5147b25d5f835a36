using Tritter.Inference.Model;

namespace Tritter.Inference.KvCache;

/// <summary>Where things lie in a <see cref="KvPage"/>: every layer's keys and values of 64 neighbouring positions.</summary>
/// <remarks>
/// A page has one part for the full-attention layers and one for the sliding ones, which is given back once every window has passed it.
/// A part is [layer][kvHead] of heads. Keys lie in blocks of 16 positions, so that one register scores 16 positions:
/// <list type="bullet">
/// <item>Float32 head: keys [4 blocks][headDim][16], values [64][headDim].</item>
/// <item>Int8 head: keys [4 blocks][headDim / 2][16][2], their scales [64], values [32 pairs of positions][headDim][2], their scales [64].
/// The pairs are what a multiply-add of neighbouring 16-bit numbers sums.</item>
/// </list>
/// </remarks>
internal sealed class KvLayout
{
    /// <summary>Positions of a page.</summary>
    public const int PagePositions = 64;

    /// <summary>Positions of a block of keys.</summary>
    public const int BlockPositions = 16;

    private readonly long[] _offsets;

    public KvLayout(ModelConfig config, KvPrecision precision)
        : this(config.Layers, config.KvHeads, config.HeadDim, precision)
    {
    }

    public KvLayout(IReadOnlyList<LayerAttention> layers, int kvHeads, int headDim, KvPrecision precision)
    {
        Precision = precision;
        KvHeads = kvHeads;
        HeadDim = headDim;
        Sliding = [.. layers.Select(l => l.IsSliding)];
        Window = layers.Where(l => l.IsSliding).Select(l => l.Window).DefaultIfEmpty(0).Max();
        _offsets = new long[layers.Count];
        for (int i = 0; i < layers.Count; i++)
        {
            _offsets[i] = Sliding[i] ? SlidingBytes : FullBytes;
            (FullBytes, SlidingBytes) = Sliding[i] ? (FullBytes, SlidingBytes + LayerBytes) : (FullBytes + LayerBytes, SlidingBytes);
        }
    }

    public KvPrecision Precision { get; }

    public int KvHeads { get; }

    public int HeadDim { get; }

    /// <summary>Whether a layer's keys and values are in a page's sliding part.</summary>
    public IReadOnlyList<bool> Sliding { get; }

    /// <summary>The widest window of the sliding layers; 0 when there are none.</summary>
    public int Window { get; }

    /// <summary>Bytes of a page's part for full-attention layers.</summary>
    public long FullBytes { get; }

    /// <summary>Bytes of a page's part for sliding layers.</summary>
    public long SlidingBytes { get; }

    /// <summary>Bytes of one kind, keys or values, of a head in a page, scales not included.</summary>
    public int ElementBytes => PagePositions * HeadDim * (Precision == KvPrecision.Int8 ? sizeof(sbyte) : sizeof(float));

    /// <summary>Bytes of one head in a page: always a multiple of 64.</summary>
    public int HeadBytes => 2 * (ElementBytes + (Precision == KvPrecision.Int8 ? PagePositions * sizeof(float) : 0));

    private long LayerBytes => (long)KvHeads * HeadBytes;

    /// <summary>A layer's first byte in its part of a page.</summary>
    public long Offset(int layer) => _offsets[layer];

    /// <summary>Bytes that a text of <paramref name="positions"/> tokens holds when whatever its windows have passed is given back.</summary>
    public long Bytes(int positions)
    {
        long pages = Pages(positions);
        return pages * FullBytes + Math.Min(pages, Pages(Window + RewindPositions) + 1) * SlidingBytes;
    }

    /// <summary>
    /// Positions before its window that a text keeps also when memory is short, so that it can be cut back (a deleted word, a rejected
    /// suggestion) without computing the window again.
    /// </summary>
    public const int RewindPositions = 1024;

    /// <summary>The first page that a sliding layer reads when it goes on from a text of <paramref name="positions"/> tokens.</summary>
    public int FirstPageSeen(int positions) => Math.Max(0, positions - Window + 1) / PagePositions;

    /// <summary>Pages before this one may give their sliding part back: a text of <paramref name="positions"/> tokens has passed them.</summary>
    public int PassedPages(int positions) => Math.Max(0, positions - Window - RewindPositions) / PagePositions;

    public static int Pages(int positions) => (positions + PagePositions - 1) / PagePositions;
}
