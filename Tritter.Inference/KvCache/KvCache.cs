using Tritter.Inference.Model;

namespace Tritter.Inference.KvCache;

/// <summary>Keys and values of every layer for the positions seen so far. Sliding-window layers keep a ring, full layers everything.</summary>
internal sealed class KvCache : IDisposable
{
    /// <summary>
    /// Positions that a sliding layer keeps beyond its window, so that the cache can be cut back (a deleted word, a rejected
    /// suggestion) without computing the window again.
    /// </summary>
    private const int RewindPositions = 1024;

    private readonly KvLayer[] _layers;
    private readonly ModelConfig _config;

    /// <summary>First position that every sliding layer's ring still holds.</summary>
    private int _oldestKept;

    /// <param name="capacity">Most positions of a prompt and its continuation.</param>
    /// <param name="chunk">Most positions written before they are read.</param>
    public KvCache(ModelConfig config, int capacity, int chunk)
    {
        _config = config;
        Capacity = capacity;
        _layers = new KvLayer[config.Layers.Count];
        for (int i = 0; i < _layers.Length; i++)
        {
            _layers[i] = new KvLayer(LayerPositions(config.Layers[i], capacity, chunk), config.KvHeads, config.HeadDim);
        }
    }

    public int Capacity { get; }

    /// <summary>Positions held.</summary>
    public int Length { get; private set; }

    /// <summary>Bytes reserved; pages that were never written cost no memory.</summary>
    public long ByteLength => _layers.Sum(l => l.ByteLength);

    public KvLayer this[int layer] => _layers[layer];

    /// <summary>Positions that a layer's ring holds in a cache of <paramref name="capacity"/> positions.</summary>
    public static int LayerPositions(LayerAttention layer, int capacity, int chunk) =>
        layer.IsSliding ? (int)Math.Min(capacity, (long)layer.Window + chunk + RewindPositions) : capacity;

    /// <summary>Counts positions as held, after every layer has written them.</summary>
    public void Advance(int positions)
    {
        Length += positions;
        foreach (KvLayer layer in _layers)
        {
            _oldestKept = Math.Max(_oldestKept, Length - layer.Capacity);
        }
    }

    /// <summary>
    /// Forgets everything from <paramref name="length"/> on. Where a ring has already overwritten what the window before
    /// <paramref name="length"/> needs, everything is forgotten.
    /// </summary>
    /// <returns>The positions still held: <paramref name="length"/> or 0.</returns>
    public int Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
        int oldestNeeded = 0;
        foreach (LayerAttention layer in _config.Layers)
        {
            if (layer.IsSliding)
            {
                oldestNeeded = Math.Max(oldestNeeded, length - layer.Window + 1);
            }
        }

        // The full layers keep everything, so their capacity never raises _oldestKept above 0.
        Length = length == 0 || oldestNeeded >= _oldestKept ? length : 0;
        if (Length == 0)
        {
            _oldestKept = 0;
        }

        return Length;
    }

    public void Dispose()
    {
        foreach (KvLayer layer in _layers)
        {
            layer.Dispose();
        }
    }
}
