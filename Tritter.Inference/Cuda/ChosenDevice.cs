using System.Globalization;
using Tritter.Inference.Model;

namespace Tritter.Inference.Cuda;

/// <summary>Where a model is computed, with the reason, and the model there.</summary>
internal sealed class ChosenDevice : IDisposable
{
    private readonly CudaDevice? _device;

    private ChosenDevice(string line, CudaDevice? device = null, CudaModel? model = null) => (Line, _device, Model) = (line, device, model);

    /// <summary>"NVIDIA H100 80GB HBM3, 85.0 GB, driver for CUDA 13.0", or "processor: no NVIDIA driver is installed (libcuda.so.1 not found)".</summary>
    public string Line { get; }

    /// <summary>Null on the processor.</summary>
    public CudaModel? Model { get; }

    /// <summary>Bytes allocated on the device at most; 0 on the processor.</summary>
    public long PeakBytes => _device?.PeakBytes ?? 0;

    /// <param name="memory">What it may take of a card; null for what is free.</param>
    /// <param name="library">The driver's; null for the system's own.</param>
    /// <exception cref="CudaException">A card was asked for and cannot be used.</exception>
    public static ChosenDevice For(TritterModel model, ComputeDevice wanted, GpuMemory? memory = null, string? library = null)
    {
        if (wanted == ComputeDevice.Cpu)
        {
            return new ChosenDevice("processor: as asked for");
        }

        CudaDevice? device = null;
        CudaModel? onDevice = null;
        try
        {
            if (CudaModel.Unsupported(model) is { } reason)
            {
                throw new CudaException(reason);
            }

            device = CudaDevice.Open(library);
            onDevice = new CudaModel(device, model, memory);
            CudaSelfCheck.Run(model, onDevice);
            string streamed = onDevice.Layers.Placement.IsWhole ? "" : $", {onDevice.Layers.Placement}";
            return new ChosenDevice(string.Create(CultureInfo.InvariantCulture, $"{device.Description}: {device.AllocatedBytes / 1e6:0.0} MB allocated{streamed}"), device, onDevice);
        }
        catch (CudaException e)
        {
            onDevice?.Dispose();
            device?.Dispose();
            return wanted == ComputeDevice.Auto ? new ChosenDevice($"processor: {e.Message}") : throw new CudaException($"the graphics card cannot be used: {e.Message}");
        }
    }

    public void Dispose()
    {
        Model?.Dispose();
        _device?.Dispose();
    }
}
