namespace Tritter.Inference.Cuda;

/// <summary>
/// A second stream of a device that copies from pinned host memory while the first computes, and the events by which each waits for the other.
/// Events are numbers of the driver's; whoever makes one destroys it.
/// </summary>
internal sealed unsafe class CudaCopyStream : IDisposable
{
    private const uint NonBlocking = 1;

    private readonly CudaDevice _device;
    private readonly List<nint> _host = [];
    private readonly nint _stream;

    public CudaCopyStream(CudaDevice device)
    {
        _device = device;
        nint stream;
        device.Driver.Check(device.Driver.StreamCreate(&stream, NonBlocking), "making a stream");
        _stream = stream;
    }

    /// <summary>Memory of the host that the device reads by itself; freed with the stream.</summary>
    /// <exception cref="CudaException">The host has not as much to give.</exception>
    public nint AllocateHost(long bytes)
    {
        nint pointer;
        _device.Driver.Check(_device.Driver.HostAllocate(&pointer, (nuint)bytes, 0), FormattableString.Invariant($"pinning {bytes / 1e9:0.00} GB of host memory"));
        _host.Add(pointer);
        return pointer;
    }

    public void Copy(nint fromHost, nint to, long bytes) =>
        _device.Driver.Check(_device.Driver.CopyToDevice(to, (void*)fromHost, (nuint)bytes, _stream), "copying to the device");

    public nint NewEvent()
    {
        nint e;
        _device.Driver.Check(_device.Driver.EventCreate(&e, 0), "making an event");
        return e;
    }

    public void Destroy(nint e) => _device.Driver.EventDestroy(e);

    /// <summary>The event is all that has been asked of this stream so far.</summary>
    public void RecordCopied(nint e) => _device.Driver.Check(_device.Driver.EventRecord(e, _stream), "recording an event");

    /// <summary>The event is all that has been asked of the device's own stream so far.</summary>
    public void RecordComputed(nint e) => _device.Driver.Check(_device.Driver.EventRecord(e, _device.Stream), "recording an event");

    /// <summary>What is copied from now on waits for the event as it was recorded last.</summary>
    public void CopyAfter(nint e) => _device.Driver.Check(_device.Driver.StreamWaitEvent(_stream, e, 0), "waiting for an event");

    /// <summary>What is computed from now on does.</summary>
    public void ComputeAfter(nint e) => _device.Driver.Check(_device.Driver.StreamWaitEvent(_device.Stream, e, 0), "waiting for an event");

    /// <summary>Milliseconds between events that have come to pass.</summary>
    public double Elapsed(nint start, nint end)
    {
        float milliseconds;
        _device.Driver.Check(_device.Driver.EventElapsed(&milliseconds, start, end), "timing");
        return milliseconds;
    }

    public void Synchronize() => _device.Driver.Check(_device.Driver.StreamSynchronize(_stream), "copying to the device");

    /// <summary>Ends what is on its way, also when it fails: nothing may read memory that is given back.</summary>
    public void Dispose()
    {
        _device.Driver.StreamSynchronize(_stream);
        _device.Driver.StreamDestroy(_stream);
        _host.ForEach(pointer => _device.Driver.HostFree(pointer));
    }
}
