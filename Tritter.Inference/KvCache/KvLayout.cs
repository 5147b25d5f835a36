using Tritter.Inference.Kernels;
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
/// <item>Int4 head: 32 * headDim bytes of key codes, their scales [headDim], their zeros [headDim], then the values likewise. Byte i has in its low
/// four bits element i of the int8 form above and in its high four bits element i + 32 * headDim: positions 0 to 31 are low, 32 to 63 high.
/// An element of channel d is <c>zero[d] + scale[d] * code</c>, codes 0 to 15, scales and zeros bfloat16 (the upper half of a float).</item>
/// </list>
/// With <see cref="KvPrecision.Int4"/> the part for full-attention layers is int4 and filled in once the page is full; the part for sliding
/// layers has the int8 heads of all layers, in their order. Whether a full-attention layer reads a position as int8 or as int4 depends on
/// the position and the query's alone (<see cref="PackedEnd"/>), so that the bits do not depend on when a page was packed.
/// Scales for each channel of a page, for keys as in KIVI (arXiv:2402.02750); values, too, lost less so than with scales for each position.
/// </remarks>
internal sealed class KvLayout
{
    /// <summary>Positions of a page.</summary>
    public const int PagePositions = 64;

    /// <summary>Positions of a block of keys.</summary>
    public const int BlockPositions = 16;

    /// <summary>Full pages right before a query's that it reads in int8 also where older ones are int4.</summary>
    public const int ResidualPages = 1;

    private readonly long[] _offsets;
    private readonly long[] _packedOffsets;

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
        bool packs = precision == KvPrecision.Int4;
        // The residual is a window, too: what a query sees in int8 begins at most this far before it.
        int residual = packs ? ResidualPages * PagePositions + 1 : 0;
        Window = layers.Where(l => l.IsSliding).Select(l => l.Window).Append(residual).Max();
        _offsets = new long[layers.Count];
        _packedOffsets = new long[layers.Count];
        for (int i = 0; i < layers.Count; i++)
        {
            _packedOffsets[i] = packs && !Sliding[i] ? FullBytes : -1;
            _offsets[i] = InSlidingPart(i) ? SlidingBytes : FullBytes;
            SlidingBytes += InSlidingPart(i) ? LayerBytes : 0;
            FullBytes += Sliding[i] ? 0 : packs ? (long)KvHeads * PackedHeadBytes : LayerBytes;
        }
    }

    public KvPrecision Precision { get; }

    public int KvHeads { get; }

    public int HeadDim { get; }

    /// <summary>Whether a layer's window slides.</summary>
    public IReadOnlyList<bool> Sliding { get; }

    /// <summary>The widest window of what lies in the sliding part; 0 when that is nothing.</summary>
    public int Window { get; }

    /// <summary>Bytes of a page's part for full-attention layers.</summary>
    public long FullBytes { get; }

    /// <summary>Bytes of a page's part for sliding layers; with int4, and for what queries nearby read in int8.</summary>
    public long SlidingBytes { get; }

    /// <summary>Bytes of one kind, keys or values, of a head in a page, scales not included.</summary>
    public int ElementBytes => PagePositions * HeadDim * (Precision == KvPrecision.Float32 ? sizeof(float) : sizeof(sbyte));

    /// <summary>Bytes of one head in a page: always a multiple of 64.</summary>
    public int HeadBytes => 2 * (ElementBytes + (Precision == KvPrecision.Float32 ? 0 : PagePositions * sizeof(float)));

    /// <summary>Bytes of one int4 head in a page.</summary>
    public int PackedHeadBytes => 2 * Int4Codes.Bytes(HeadDim);

    private long LayerBytes => (long)KvHeads * HeadBytes;

    /// <summary>Whether a layer's heads, other than int4 ones, lie in a page's sliding part.</summary>
    public bool InSlidingPart(int layer) => Sliding[layer] || Precision == KvPrecision.Int4;

    /// <summary>A layer's first byte in its part of a page.</summary>
    public long Offset(int layer) => _offsets[layer];

    /// <summary>The first byte of a layer's int4 heads in a page's part for full-attention layers; negative for a layer without.</summary>
    public long PackedOffset(int layer) => _packedOffsets[layer];

    /// <summary>A query at <paramref name="position"/> reads what full-attention layers have before this position as int4, the rest as int8.</summary>
    public static int PackedEnd(int position) => Math.Max(0, position / PagePositions - ResidualPages) * PagePositions;

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
