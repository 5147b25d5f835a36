namespace Tritter.Inference.Kernels;

/// <summary>
/// Multiplies matrices that are in place, a block at a time in memory of a single block: what a file holds goes through the processor's cache
/// to the kernels. The bits are those of a matrix that was laid out whole. One thread's.
/// </summary>
internal sealed unsafe class BlockWindow : IDisposable
{
    private readonly AlignedBuffer<byte> _tiles;
    private readonly TernaryMatrix _window = TernaryMatrix.Window();

    /// <param name="columns">Of the widest matrix.</param>
    public BlockWindow(int columns) => _tiles = new(TernaryMatrix.BytesOf(TernaryMatrix.BlockRows, columns));

    public long ByteLength => _tiles.ByteLength;

    /// <summary>As <see cref="TernaryMatMul.Multiply"/>.</summary>
    public void Multiply(TernaryMatrix weights, in QuantizedRows q, float* y, int firstBlock, int endBlock)
    {
        for (int block = firstBlock; block < endBlock; block++)
        {
            _window.Show(weights, block, _tiles.Pointer);
            TernaryMatMul.Multiply(_window, q, y, block, block + 1);
        }
    }

    public void Dispose() => _tiles.Dispose();
}
