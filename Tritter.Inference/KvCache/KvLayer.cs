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
        int slot = position % KvLayout.PagePositions;
        byte* keys = Keys(kvHead, position);
        if (Precision == KvPrecision.Float32)
        {
            WriteFloat32(keys, slot, key, value);
        }
        else
        {
            WriteInt8(keys, slot, key, value);
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
