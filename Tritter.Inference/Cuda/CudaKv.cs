using Tritter.Inference.Model;

namespace Tritter.Inference.Cuda;

/// <summary>
/// Keys and values of one text on a device, int8 with a float scale for each head of a position: for each layer keys [kvHeads][positions][headDim],
/// values likewise, and both scales [kvHeads][positions].
/// </summary>
internal sealed class CudaKv : IDisposable
{
    private readonly CudaDevice _device;
    private readonly int _layers, _kvHeads, _headDim;
    private CudaBuffer _memory;

    public CudaKv(CudaDevice device, ModelConfig config, int positions)
    {
        _device = device;
        (_layers, _kvHeads, _headDim) = (config.Layers.Count, config.KvHeads, config.HeadDim);
        Positions = positions;
        _memory = device.Allocate(BytesOf(config, positions));
    }

    /// <summary>Positions there is room for, a multiple of <see cref="Step"/>.</summary>
    public int Positions { get; private set; }

    public long Bytes => _memory.Bytes;

    /// <summary>Keeps every part aligned.</summary>
    public const int Step = 64;

    /// <summary>A multiple of <see cref="Step"/> that is no less.</summary>
    public static int Rounded(int positions) => (int)Math.Min(int.MaxValue / Step * Step, (positions + Step - 1L) / Step * Step);

    public static long BytesOf(ModelConfig config, int positions) => 2L * config.Layers.Count * config.KvHeads * positions * (config.HeadDim + sizeof(float));

    public nint Keys(int layer) => At(layer, 0);

    public nint Values(int layer) => At(layer, (long)_kvHeads * Positions * _headDim);

    public nint KeyScales(int layer) => At(layer, 2L * _kvHeads * Positions * _headDim);

    public nint ValueScales(int layer) => At(layer, 2L * _kvHeads * Positions * _headDim + (long)_kvHeads * Positions * sizeof(float));

    /// <summary>Makes room for more positions; the first <paramref name="held"/> move there.</summary>
    public void Grow(ModelConfig config, int positions, int held)
    {
        CudaBuffer memory = _device.Allocate(BytesOf(config, positions));
        long from = _memory.Pointer, to = memory.Pointer;
        int[] parts = [_headDim, _headDim, sizeof(float), sizeof(float)];
        for (int layer = 0; layer < _layers; layer++)
        {
            foreach (int width in parts)
            {
                for (int head = 0; head < _kvHeads; head++)
                {
                    _device.Copy((nint)from, (nint)to, (long)held * width);
                    from += (long)Positions * width;
                    to += (long)positions * width;
                }
            }
        }

        _device.Synchronize();
        _memory.Dispose();
        _memory = memory;
        Positions = positions;
    }

    public void Dispose() => _memory.Dispose();

    private nint At(int layer, long offset) => _memory.Pointer + (nint)(layer * (2L * _kvHeads * Positions * (_headDim + sizeof(float))) + offset);
}
