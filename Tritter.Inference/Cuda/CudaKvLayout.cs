using Tritter.Inference.KvCache;
using Tritter.Inference.Model;

namespace Tritter.Inference.Cuda;

/// <summary>Where the parts of a text's keys and values lie in one piece of a device's memory.</summary>
/// <remarks>
/// First comes int8, for each layer keys [kvHeads][positions][headDim], values likewise, and both scales [kvHeads][positions]: all positions, or with
/// <see cref="KvPrecision.Int4"/> the newest ones, as far back as windows, int8 beside int4 and an edit near the end need them. Then with int4 each full-attention layer has
/// its pages [kvHeads][pages] (Kernels/packed.h's PackedPage). Last come copies of what int8 had before each multiple of <see cref="KeptEvery"/>, so that a
/// text can be gone back to there: the same form as the first part.
/// </remarks>
internal sealed class CudaKvLayout
{
    /// <summary>Keeps every part aligned, and is a page.</summary>
    public const int Step = KvLayout.PagePositions;

    /// <summary>Positions that an edit can go back without anything being read anew, at the least.</summary>
    public const int RewindPositions = 1536;

    private readonly int[] _number;
    private readonly int _kvHeads, _headDim;

    public CudaKvLayout(ModelConfig config, KvPrecision precision, int positions)
    {
        (_kvHeads, _headDim, Layers, Positions) = (config.KvHeads, config.HeadDim, config.Layers.Count, positions);
        IsPacked = [.. config.Layers.Select(layer => precision == KvPrecision.Int4 && !layer.IsSliding)];
        _number = new int[Layers];
        for (int layer = 0; layer < Layers; layer++)
        {
            _number[layer] = IsPacked[layer] ? PackedLayers++ : -1;
        }

        // A query sees int8 in its page and in the one before it, and where windows slide as far as these.
        int window = config.Layers.Where(layer => layer.IsSliding).Select(layer => layer.Window).Append(KvLayout.ResidualPages * Step + 1).Max();
        SeenPositions = (window - 1 + Step - 1) / Step * Step;
        KeptEvery = SeenPositions > Step ? 16 << 10 : 4 << 10;
        HeldPositions = precision == KvPrecision.Int4 ? Math.Min(positions, SeenPositions + Step + RewindPositions + CudaModel.MaxChunk) : positions;
        KeptCount = precision == KvPrecision.Int4 ? Positions / KeptEvery : 0;
    }

    public int Layers { get; }

    /// <summary>Positions there is room for, a multiple of <see cref="Step"/>.</summary>
    public int Positions { get; }

    /// <summary>Positions that are held in int8 at a time.</summary>
    public int HeldPositions { get; }

    /// <summary>Positions of int8 that a text needs to go on from a page's end.</summary>
    public int SeenPositions { get; }

    /// <summary>A page's copies are a few MB, a window's many times as much.</summary>
    public int KeptEvery { get; }

    public int KeptCount { get; }

    /// <summary>Whether a layer's full pages are int4.</summary>
    public IReadOnlyList<bool> IsPacked { get; }

    public int PackedLayers { get; }

    public long PackedPageBytes => 2L * (Step * _headDim / 2 + 2 * _headDim * sizeof(ushort));

    /// <summary>Bytes of a head's int4 pages.</summary>
    public long PackedHeadBytes => Positions / Step * PackedPageBytes;

    /// <summary>Where int4 pages begin.</summary>
    public long PackedStart => Layers * LayerBytes(HeldPositions);

    public long Bytes => Kept(KeptCount);

    /// <summary>Bytes of int8 that a layer has for so many positions.</summary>
    public long LayerBytes(int positions) => 2L * _kvHeads * positions * (_headDim + sizeof(float));

    /// <summary>The number of a layer that has int4 pages among those that do.</summary>
    public int Number(int layer) => _number[layer];

    /// <summary>The int4 pages of a layer that has any.</summary>
    public long Packed(int layer) => PackedStart + _number[layer] * _kvHeads * PackedHeadBytes;

    /// <summary>The copies that were made at position (<paramref name="i"/> + 1) * <see cref="KeptEvery"/>.</summary>
    public long Kept(int i) => PackedStart + PackedLayers * _kvHeads * PackedHeadBytes + i * Layers * LayerBytes(SeenPositions);
}
