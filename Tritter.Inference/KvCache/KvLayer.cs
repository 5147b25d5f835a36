using Tritter.Inference.Kernels;

namespace Tritter.Inference.KvCache;

/// <summary>One layer's keys and values of a text: a view of its pages.</summary>
/// <param name="pages">The text's pages in order.</param>
/// <param name="offset">The layer's first byte in its part of a page.</param>
internal readonly unsafe struct KvLayer(KvLayout layout, List<KvPage> pages, bool sliding, long offset)
{
    public KvPrecision Precision => layout.Precision;

    /// <summary>The keys of a page's head: float32 [4][headDim][16], or int8 [4][headDim / 2][16][2]. See <see cref="KvLayout"/>.</summary>
    /// <param name="position">Any position of the page.</param>
    public byte* Keys(int kvHead, int position)
    {
        KvPage page = pages[position / KvLayout.PagePositions];
        AlignedBuffer<byte> part = (sliding ? page.Sliding : page.Full)!;
        return part.Pointer + offset + (long)kvHead * layout.HeadBytes;
    }

    /// <summary>[64]: what 1 stands for in the int8 keys of each position.</summary>
    public float* KeyScales(byte* keys) => (float*)(keys + layout.ElementBytes);

    /// <summary>The values of the head whose keys are at <paramref name="keys"/>: float32 [64][headDim], or int8 [32][headDim][2].</summary>
    public byte* Values(byte* keys) => keys + layout.HeadBytes / 2;

    /// <summary>[64]: what 1 stands for in the int8 values of each position.</summary>
    public float* ValueScales(byte* keys) => (float*)(keys + layout.HeadBytes / 2 + layout.ElementBytes);

    /// <summary>Stores one head of one position.</summary>
    /// <param name="key">[headDim].</param>
    /// <param name="value">[headDim].</param>
    public void Write(int position, int kvHead, float* key, float* value)
    {
        int slot = position % KvLayout.PagePositions;
        byte* keys = Keys(kvHead, position);
        if (Precision == KvPrecision.Int8)
        {
            WriteInt8(keys, slot, key, value);
        }
        else
        {
            WriteFloat32(keys, slot, key, value);
        }
    }

    private void WriteFloat32(byte* keys, int slot, float* key, float* value)
    {
        int headDim = layout.HeadDim;
        float* block = (float*)keys + slot / 16 * 16 * headDim + slot % 16;
        for (int d = 0; d < headDim; d++)
        {
            block[d * 16] = key[d];
        }

        Buffer.MemoryCopy(value, (float*)Values(keys) + slot * headDim, headDim * sizeof(float), headDim * sizeof(float));
    }

    private void WriteInt8(byte* keys, int slot, float* key, float* value)
    {
        int headDim = layout.HeadDim;
        sbyte* q = stackalloc sbyte[headDim];
        KeyScales(keys)[slot] = Quantize.ToInt8(key, q, headDim, out _);
        short* block = (short*)keys + slot / 16 * 16 * headDim / 2 + slot % 16;
        for (int pair = 0; pair < headDim / 2; pair++)
        {
            block[pair * 16] = ((short*)q)[pair];
        }

        ValueScales(keys)[slot] = Quantize.ToInt8(value, q, headDim, out _);
        sbyte* pairs = (sbyte*)Values(keys) + slot / 2 * 2 * headDim + slot % 2;
        for (int d = 0; d < headDim; d++)
        {
            pairs[2 * d] = q[d];
        }
    }
}
