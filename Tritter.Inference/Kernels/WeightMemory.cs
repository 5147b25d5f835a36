namespace Tritter.Inference.Kernels;

/// <summary>One buffer for all ternary matrices of a model, so that huge pages hold them without gaps. Filled by several threads.</summary>
internal sealed unsafe class WeightMemory(long bytes) : IDisposable
{
    private readonly AlignedBuffer<byte> _buffer = new(bytes);
    private long _used;

    /// <summary>The next part; its length is a multiple of 64.</summary>
    /// <exception cref="InvalidOperationException">The matrices are larger than was said.</exception>
    public byte* Take(long length)
    {
        long end = Interlocked.Add(ref _used, length);
        return end <= _buffer.Length ? _buffer.Pointer + end - length : throw new InvalidOperationException($"weights of {end} bytes do not fit {_buffer.Length}");
    }

    public void Dispose() => _buffer.Dispose();
}
