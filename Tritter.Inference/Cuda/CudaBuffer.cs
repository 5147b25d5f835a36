namespace Tritter.Inference.Cuda;

/// <summary>Memory on a device.</summary>
internal sealed class CudaBuffer(CudaDevice device, nint pointer, long bytes) : IDisposable
{
    private bool _freed;

    public nint Pointer { get; } = pointer;

    public long Bytes { get; } = bytes;

    public void Dispose()
    {
        if (!_freed)
        {
            _freed = true;
            device.Free(this);
        }
    }
}
