namespace Tritter.Inference.KvCache;

/// <summary>How keys and values are stored.</summary>
public enum KvPrecision
{
    /// <summary>One byte an element and a float32 scale for each head of a position: a quarter of the memory that attention has to read.</summary>
    Int8,

    /// <summary>As computed: what the reference implementation does, for comparisons.</summary>
    Float32,
}
