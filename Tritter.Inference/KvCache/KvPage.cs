using Tritter.Inference.Kernels;

namespace Tritter.Inference.KvCache;

/// <summary>
/// Keys and values of up to 64 neighbouring positions, and the tokens they come from. A node of the <see cref="PrefixTree"/>: what it holds
/// depends on the tokens of all pages above it.
/// </summary>
internal sealed class KvPage : IDisposable
{
    /// <summary>The tokens read here; <see cref="Count"/> of them are valid.</summary>
    public int[] Tokens { get; } = new int[KvLayout.PagePositions];

    public int Count { get; set; }

    /// <summary>The page before this one; null for the root, which holds nothing, and for pages outside the tree.</summary>
    public KvPage? Parent { get; set; }

    public List<KvPage> Children { get; } = [];

    /// <summary>Keys and values of the full-attention layers; as int4 they are there once the page is full.</summary>
    public AlignedBuffer<byte>? Full { get; set; }

    /// <summary>Keys and values of the sliding layers, and whatever else only texts that end nearby read; null once given back.</summary>
    public AlignedBuffer<byte>? Sliding { get; set; }

    /// <summary>Texts that read this page now. Only a page of one text and without children may be written.</summary>
    public int Users { get; set; }

    /// <summary>When it was last used, in uses of the tree.</summary>
    public long LastUse { get; set; }

    /// <summary>Tokens that a text has in common with this page.</summary>
    public int CommonPrefix(ReadOnlySpan<int> tokens) => Tokens.AsSpan(0, Count).CommonPrefixLength(tokens);

    public void Dispose()
    {
        Full?.Dispose();
        Sliding?.Dispose();
    }
}
