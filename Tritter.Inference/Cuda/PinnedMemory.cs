namespace Tritter.Inference.Cuda;

/// <summary>Memory of the host that a device writes by itself: what comes there needs no copy of the driver's in between.</summary>
internal sealed unsafe class PinnedMemory : IDisposable
{
    private readonly CudaDevice _device;
    private nint _pointer;

    /// <exception cref="CudaException">The host has not as much to give.</exception>
    public PinnedMemory(CudaDevice device, long bytes)
    {
        _device = device;
        nint pointer;
        device.Driver.Check(device.Driver.HostAllocate(&pointer, (nuint)bytes, 0), "allocating host memory");
        _pointer = pointer;
    }

    /// <summary>Where the device has it: in the same place.</summary>
    public nint Pointer => _pointer;

    public Span<T> Span<T>(int count)
        where T : unmanaged => new((void*)_pointer, count);

    public void Dispose()
    {
        if (_pointer != 0)
        {
            _device.Driver.HostFree(_pointer);
            _pointer = 0;
        }
    }
}
