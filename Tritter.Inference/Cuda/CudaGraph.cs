namespace Tritter.Inference.Cuda;

/// <summary>Launches that were recorded once and go to the device in one call.</summary>
internal sealed unsafe class CudaGraph : IDisposable
{
    private readonly CudaDevice _device;
    private readonly nint _executable;

    private CudaGraph(CudaDevice device, nint executable) => (_device, _executable) = (device, executable);

    /// <summary>Records what <paramref name="launch"/> has the device do, without doing it.</summary>
    public static CudaGraph Capture(CudaDevice device, Action launch)
    {
        try
        {
            return CaptureOnce(device, launch);
        }
        catch (CudaException) when (device.Overlaps)
        {
            // Drivers learned overlapping in graphs later than in streams.
            device.Overlaps = false;
            return CaptureOnce(device, launch);
        }
    }

    public void Launch() => _device.Driver.Check(_device.Driver.GraphLaunch(_executable, _device.Stream), "launching a token");

    public void Dispose() => _device.Driver.GraphExecDestroy(_executable);

    private static CudaGraph CaptureOnce(CudaDevice device, Action launch)
    {
        nint graph = 0, executable;
        device.Driver.Check(device.Driver.BeginCapture(device.Stream, 2), "recording a token");
        try
        {
            launch();
        }
        finally
        {
            int ended = device.Driver.EndCapture(device.Stream, &graph);
            device.Driver.Check(ended, "recording a token");
        }

        int result = device.Driver.GraphInstantiate(&executable, graph, 0);
        device.Driver.GraphDestroy(graph);
        device.Driver.Check(result, "recording a token");
        return new CudaGraph(device, executable);
    }
}
