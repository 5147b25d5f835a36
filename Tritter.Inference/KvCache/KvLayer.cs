using Tritter.Inference.Kernels;

namespace Tritter.Inference.KvCache;

/// <summary>One layer's keys and values of a text: a view of its pages.</summary>
/// <param name="pages">The text's pages in order.</param>
internal readonly unsafe struct KvLayer(KvLayout layout, List<KvPage> pages, int layer)
{
    private readonly bool _sliding = layout.InSlidingPart(layer);
    private readonly long _offset = layout.Offset(layer);
    private readonly long _packedOffset = layout.PackedOffset(layer);

    public KvPrecision Precision => layout.Precision;

    /// <summary>A query at <paramref name="position"/> reads <see cref="PackedKeys"/> before this position, <see cref="Keys"/> from it on. A multiple of 64.</summary>
    public int PackedEnd(int position) => _packedOffset < 0 ? 0 : KvLayout.PackedEnd(position);

    /// <summary>The int4 keys of a page's head, as <see cref="Int4Codes"/> has them.</summary>
    /// <param name="position">Any position of the page.</param>
    public byte* PackedKeys(int kvHead, int position) =>
        pages[position / KvLayout.PagePositions].Full!.Pointer + _packedOffset + (long)kvHead * layout.PackedHeadBytes;

    /// <summary>The int4 values of the head whose keys are at <paramref name="packedKeys"/>.</summary>
    public byte* PackedValues(byte* packedKeys) => packedKeys + layout.PackedHeadBytes / 2;

    /// <summary>Makes a full page's int4 heads of its int8 ones, in a layer that has both.</summary>
    /// <param name="position">Any position of the page.</param>
    public void Pack(int position)
    {
        for (int kvHead = 0; kvHead < layout.KvHeads && _packedOffset >= 0; kvHead++)
        {
            byte* keys = Keys(kvHead, position);
            byte* packed = PackedKeys(kvHead, position);
            Int4Codes.Pack((sbyte*)keys, KeyScales(keys), packed, layout.HeadDim, keys: true);
            Int4Codes.Pack((sbyte*)Values(keys), ValueScales(keys), PackedValues(packed), layout.HeadDim, keys: false);
        }
    }

    /// <summary>The keys of a page's head: float32 [4][headDim][16], or int8 [4][headDim / 2][16][2]. See <see cref="KvLayout"/>.</summary>
    /// <param name="position">Any position of the page.</param>
    public byte* Keys(int kvHead, int position)
    {
        KvPage page = pages[position / KvLayout.PagePositions];
        AlignedBuffer<byte> part = (_sliding ? page.Sliding : page.Full)!;
        return part.Pointer + _offset + (long)kvHead * layout.HeadBytes;
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
        if (Precision == KvPrecision.Float32)
        {
            WriteFloat32(Keys(kvHead, position), position % KvLayout.PagePositions, key, value);
        }
        else
        {
            WriteInt8(position, kvHead, key, value);
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

    private void WriteInt8(int position, int kvHead, float* key, float* value)
    {
        sbyte* q = stackalloc sbyte[layout.HeadDim];
        float scale = Quantize.ToInt8(key, q, layout.HeadDim, out _);
        WriteKey(position, kvHead, q, scale);
        scale = Quantize.ToInt8(value, q, layout.HeadDim, out _);
        WriteValue(position, kvHead, q, scale);
    }

    /// <summary>Stores the key of one head of one position as it is rounded already.</summary>
    /// <param name="key">[headDim].</param>
    public void WriteKey(int position, int kvHead, sbyte* key, float scale)
    {
        byte* keys = Keys(kvHead, position);
        KeyScales(keys)[position % KvLayout.PagePositions] = scale;
        short* block = KeyPairs(keys, position);
        for (int pair = 0; pair < layout.HeadDim / 2; pair++)
        {
            block[pair * KvLayout.BlockPositions] = ((short*)key)[pair];
        }
    }

    /// <summary>The same of a value.</summary>
    public void WriteValue(int position, int kvHead, sbyte* value, float scale)
    {
        byte* keys = Keys(kvHead, position);
        ValueScales(keys)[position % KvLayout.PagePositions] = scale;
        sbyte* pairs = ValuePairs(keys, position);
        for (int d = 0; d < layout.HeadDim; d++)
        {
            pairs[2 * d] = value[d];
        }
    }

    /// <summary>The int8 key of one head of one position.</summary>
    /// <param name="key">[headDim] to write to.</param>
    /// <returns>What 1 stands for in it.</returns>
    public float ReadKey(int position, int kvHead, sbyte* key)
    {
        byte* keys = Keys(kvHead, position);
        short* block = KeyPairs(keys, position);
        for (int pair = 0; pair < layout.HeadDim / 2; pair++)
        {
            ((short*)key)[pair] = block[pair * KvLayout.BlockPositions];
        }

        return KeyScales(keys)[position % KvLayout.PagePositions];
    }

    /// <summary>The same of a value.</summary>
    public float ReadValue(int position, int kvHead, sbyte* value)
    {
        byte* keys = Keys(kvHead, position);
        sbyte* pairs = ValuePairs(keys, position);
        for (int d = 0; d < layout.HeadDim; d++)
        {
            value[d] = pairs[2 * d];
        }

        return ValueScales(keys)[position % KvLayout.PagePositions];
    }

    /// <summary>The first pair of a position's int8 key; the next one is <see cref="KvLayout.BlockPositions"/> pairs on.</summary>
    private short* KeyPairs(byte* keys, int position)
    {
        int slot = position % KvLayout.PagePositions;
        return (short*)keys + slot / KvLayout.BlockPositions * KvLayout.BlockPositions * layout.HeadDim / 2 + slot % KvLayout.BlockPositions;
    }

    /// <summary>The first element of a position's int8 value; the next one is two on.</summary>
    private sbyte* ValuePairs(byte* keys, int position)
    {
        int slot = position % KvLayout.PagePositions;
        return (sbyte*)Values(keys) + slot / 2 * 2 * layout.HeadDim + slot % 2;
    }
}
