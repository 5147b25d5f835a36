using Tritter.Inference.Kernels;

namespace Tritter.Inference.KvCache;

/// <summary>Keys and values of one layer in a ring: position p lies in slot p mod <see cref="Capacity"/>.</summary>
/// <remarks>
/// Keys lie in blocks of 16 positions, [kvHead][block][headDim][16 positions], so that one register scores 16 positions and every
/// score is a plain chain of multiply-adds over the head's elements. Values lie by position, [kvHead][slot][headDim].
/// </remarks>
internal sealed unsafe class KvLayer : IDisposable
{
    public const int BlockPositions = Lanes.Count;

    private readonly AlignedBuffer<float> _keys;
    private readonly AlignedBuffer<float> _values;
    private readonly int _kvHeads;
    private readonly int _headDim;

    /// <param name="positions">Positions to hold; rounded up to whole blocks.</param>
    public KvLayer(int positions, int kvHeads, int headDim)
    {
        Capacity = (positions + BlockPositions - 1) / BlockPositions * BlockPositions;
        _kvHeads = kvHeads;
        _headDim = headDim;
        _keys = new AlignedBuffer<float>((long)Capacity * kvHeads * headDim);
        _values = new AlignedBuffer<float>((long)Capacity * kvHeads * headDim);
    }

    /// <summary>Slots, a multiple of 16.</summary>
    public int Capacity { get; }

    public long ByteLength => _keys.ByteLength + _values.ByteLength;

    /// <summary>[headDim, 16]: the keys of the 16 positions from <paramref name="firstPosition"/>, a multiple of 16.</summary>
    public float* KeyBlock(int kvHead, int firstPosition) => _keys.Pointer + ((long)kvHead * Capacity + firstPosition % Capacity) * _headDim;

    /// <summary>[headDim]: the value at a position; the next position's follows until the ring's end.</summary>
    public float* Value(int kvHead, int position) => _values.Pointer + ((long)kvHead * Capacity + position % Capacity) * _headDim;

    /// <summary>Stores one position.</summary>
    /// <param name="key">[kvHeads, headDim].</param>
    /// <param name="value">[kvHeads, headDim].</param>
    public void Write(int position, float* key, float* value)
    {
        int lane = position % BlockPositions;
        for (int head = 0; head < _kvHeads; head++, key += _headDim, value += _headDim)
        {
            float* block = KeyBlock(head, position - lane) + lane;
            for (int d = 0; d < _headDim; d++)
            {
                block[d * BlockPositions] = key[d];
            }

            Buffer.MemoryCopy(value, Value(head, position), _headDim * sizeof(float), _headDim * sizeof(float));
        }
    }

    public void Dispose()
    {
        _keys.Dispose();
        _values.Dispose();
    }
}
