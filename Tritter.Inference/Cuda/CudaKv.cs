using Tritter.Inference.KvCache;
using Tritter.Inference.Model;

namespace Tritter.Inference.Cuda;

/// <summary>
/// Keys and values of one text on a device, int8 with a float scale for each head of a position; with <see cref="KvPrecision.Int4"/> what full-attention
/// layers have passed is int4, by the processor's rule (<see cref="KvLayout.PackedEnd"/>). <see cref="CudaKvLayout"/> says what is where.
/// </summary>
internal sealed class CudaKv : IDisposable
{
    private readonly CudaDevice _device;
    private readonly ModelConfig _config;
    private CudaKvLayout _layout;
    private CudaBuffer _memory;

    /// <summary>The copies that are to come back before the text is gone on with; -1 for none.</summary>
    private int _missing = -1;

    public CudaKv(CudaDevice device, ModelConfig config, int positions, KvPrecision precision = KvPrecision.Int8)
    {
        (_device, _config, Precision) = (device, config, precision);
        _layout = new CudaKvLayout(config, precision, positions);
        _memory = device.Allocate(_layout.Bytes);
    }

    public KvPrecision Precision { get; }

    /// <summary>Positions there is room for, a multiple of <see cref="Step"/>.</summary>
    public int Positions => _layout.Positions;

    /// <summary>The first position that is held in int8, a multiple of <see cref="Step"/>.</summary>
    public int HeldFrom { get; private set; }

    /// <summary>From a head's int8 to the next head's, in positions.</summary>
    public int HeldPositions => _layout.HeldPositions;

    /// <summary>What is held in int8 of the first layer; the others follow.</summary>
    public nint First => _memory.Pointer;

    public long Bytes => _memory.Bytes;

    /// <summary>Keeps every part aligned.</summary>
    public const int Step = CudaKvLayout.Step;

    /// <summary>A multiple of <see cref="Step"/> that is no less.</summary>
    public static int Rounded(int positions) => (int)Math.Min(int.MaxValue / Step * Step, (positions + Step - 1L) / Step * Step);

    public static long BytesOf(ModelConfig config, int positions, KvPrecision precision = KvPrecision.Int8) => new CudaKvLayout(config, precision, positions).Bytes;

    /// <summary>Whether a layer has int4 pages.</summary>
    public bool IsPacked(int layer) => _layout.IsPacked[layer];

    /// <summary>Where position 0 of the first head would be: what is held is from wherever int8 begins on.</summary>
    public nint Keys(int layer) => Int8(layer, 0, _config.HeadDim);

    public nint Values(int layer) => Int8(layer, _config.HeadDim, _config.HeadDim);

    public nint KeyScales(int layer) => Int8(layer, 2 * _config.HeadDim, sizeof(float));

    public nint ValueScales(int layer) => Int8(layer, 2 * _config.HeadDim + sizeof(float), sizeof(float));

    /// <summary>The int4 pages of a layer that has any.</summary>
    public nint Packed(int layer) => At(_layout.Packed(layer));

    /// <summary>Those of the first such layer; the others follow.</summary>
    public nint FirstPacked => At(_layout.PackedStart);

    /// <summary>Has int8 hold the positions of a text's next tokens, and what they see.</summary>
    public void Begin(int position, int count)
    {
        if (_missing >= 0)
        {
            Move(_layout.Kept(_missing), _layout.SeenPositions, 0, 0, HeldPositions, 0, _layout.SeenPositions);
            _missing = -1;
        }

        if (position + count > HeldFrom + HeldPositions)
        {
            HoldFrom(Math.Max(HeldFrom, (position - _layout.SeenPositions - CudaKvLayout.RewindPositions) / Step * Step), position);
        }
    }

    /// <summary>Gives up int8 of the positions before one, a multiple of <see cref="Step"/>, in a text of <paramref name="length"/> tokens.</summary>
    internal void HoldFrom(int from, int length)
    {
        Move(0, HeldPositions, from - HeldFrom, 0, HeldPositions, 0, Rounded(length) - from);
        HeldFrom = from;
    }

    /// <summary>Makes int4 pages of a layer's int8 ones that have become full with the tokens from a position on.</summary>
    public void Pack(int layer, int position, int count)
    {
        int first = position / Step, pages = (position + count) / Step - first;
        if (pages > 0 && IsPacked(layer))
        {
            _device.Launch($"int4_pack_{_config.HeadDim}", pages, _config.KvHeads, 2 * _config.HeadDim, 0,
                Keys(layer), KeyScales(layer), Values(layer), ValueScales(layer), HeldPositions, Packed(layer), Positions / Step, first);
        }
    }

    /// <summary>Takes note that the tokens from a position on are in all layers.</summary>
    public void Advance(int position, int count)
    {
        for (int i = position / _layout.KeptEvery; i < Math.Min((position + count) / _layout.KeptEvery, _layout.KeptCount); i++)
        {
            int end = (i + 1) * _layout.KeptEvery;
            Move(0, HeldPositions, end - _layout.SeenPositions - HeldFrom, _layout.Kept(i), _layout.SeenPositions, 0, _layout.SeenPositions);
        }
    }

    /// <summary>Goes back to a beginning of the text from which it can be gone on with: what the next token sees of int8 has to be held.</summary>
    /// <returns>Its length, at most <paramref name="length"/>.</returns>
    public int GoBack(int length)
    {
        if (Math.Max(0, length / Step * Step - _layout.SeenPositions) >= HeldFrom)
        {
            return length;
        }

        int kept = length / _layout.KeptEvery;
        _missing = kept - 1;
        HeldFrom = kept == 0 ? 0 : kept * _layout.KeptEvery - _layout.SeenPositions;
        return kept * _layout.KeptEvery;
    }

    /// <summary>Makes room for more positions; the first <paramref name="held"/> move there.</summary>
    public void Grow(int positions, int held)
    {
        var layout = new CudaKvLayout(_config, Precision, positions);
        CudaBuffer memory = _device.Allocate(layout.Bytes);
        int rows = Math.Min(held - HeldFrom, HeldPositions);
        for (int layer = 0; layer < layout.Layers; layer++)
        {
            long from = layer * _layout.LayerBytes(HeldPositions), to = layer * layout.LayerBytes(layout.HeldPositions);
            foreach (int width in (ReadOnlySpan<int>)[_config.HeadDim, _config.HeadDim, sizeof(float), sizeof(float)])
            {
                Copy(ref from, (long)HeldPositions * width, ref to, (long)layout.HeldPositions * width, (long)rows * width);
            }

            if (IsPacked(layer))
            {
                (from, to) = (_layout.Packed(layer), layout.Packed(layer));
                Copy(ref from, _layout.PackedHeadBytes, ref to, layout.PackedHeadBytes, held / Step * _layout.PackedPageBytes);
            }
        }

        if (_layout.KeptCount > 0)
        {
            _device.Copy(At(_layout.Kept(0)), memory.Pointer + (nint)layout.Kept(0), _layout.Bytes - _layout.Kept(0));
        }

        _device.Synchronize();
        _memory.Dispose();
        (_memory, _layout) = (memory, layout);

        void Copy(ref long from, long fromStride, ref long to, long toStride, long bytes)
        {
            for (int head = 0; head < _config.KvHeads; head++, from += fromStride, to += toStride)
            {
                _device.Copy(At(from), memory.Pointer + (nint)to, bytes);
            }
        }
    }

    public void Dispose() => _memory.Dispose();

    private nint At(long offset) => _memory.Pointer + (nint)offset;

    /// <param name="before">Bytes of a position of a head that are in parts before this one.</param>
    /// <param name="width">Of this one.</param>
    private nint Int8(int layer, int before, int width) =>
        At(layer * _layout.LayerBytes(HeldPositions) + (long)_config.KvHeads * HeldPositions * before - (long)HeldFrom * width);

    /// <summary>Copies int8 of some positions of all layers from one place in this memory to another, which may overlap where it goes to lower addresses.</summary>
    private void Move(long from, int fromPositions, int fromFirst, long to, int toPositions, int toFirst, int count) =>
        _device.Launch("int4_move", _layout.Layers * _config.KvHeads, 4, 1024, 0,
            At(from), fromPositions, fromFirst, At(to), toPositions, toFirst, count, _config.KvHeads, _config.HeadDim);
}
