namespace Tritter.Inference.KvCache;

/// <summary>How keys and values are stored.</summary>
public enum KvPrecision
{
    /// <summary>One byte an element and a float32 scale for each head of a position: a quarter of the memory that attention has to read.</summary>
    Int8,

    /// <summary>As computed: what the reference implementation does, for comparisons.</summary>
    Float32,

    /// <summary>
    /// Int8 where a query is near or a layer's window slides, and half a byte an element for what full-attention layers have read before
    /// that: half the memory of a long text. See <see cref="KvLayout"/>.
    /// </summary>
    Int4,
}
