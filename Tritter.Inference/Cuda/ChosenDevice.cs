using System.Globalization;
using Tritter.Inference.KvCache;
using Tritter.Inference.Model;

namespace Tritter.Inference.Cuda;

/// <summary>Where a model is computed, with the reason, and the model there.</summary>
internal sealed class ChosenDevice : IDisposable
{
    private readonly CudaDevice? _device;
    private readonly CudaModel? _onDevice;

    private ChosenDevice(string line, CudaDevice? device = null, CudaModel? model = null) => (Line, _device, _onDevice, Model) = (line, device, model, model);

    /// <summary>"NVIDIA H100 80GB HBM3, 85.0 GB, driver for CUDA 13.0", or "processor: no NVIDIA driver is installed (libcuda.so.1 not found)".</summary>
    public string Line { get; private set; }

    /// <summary>Null on the processor.</summary>
    public CudaModel? Model { get; private set; }

    /// <summary>Whether the processor goes on when the card fails: the card was not asked for by name.</summary>
    public bool FallsBack { get; private init; }

    /// <summary>Bytes allocated on the device at most; 0 on the processor.</summary>
    public long PeakBytes => _device?.PeakBytes ?? 0;

    /// <param name="memory">What it may take of a card; null for what is free.</param>
    /// <exception cref="CudaException">A card was asked for and cannot be used.</exception>
    public static ChosenDevice For(TritterModel model, ComputeDevice wanted, GpuMemory? memory = null)
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

            device = CudaDevice.Open(memory?.Driver);
            onDevice = new CudaModel(device, model, memory);
            CudaSelfCheck.Run(model, onDevice, memory?.Kv ?? KvPrecision.Int8);
            string streamed = onDevice.Layers.Placement.IsWhole ? "" : $", {onDevice.Layers.Placement}";
            return new ChosenDevice(string.Create(CultureInfo.InvariantCulture, $"{device.Description}: {device.AllocatedBytes / 1e6:0.0} MB allocated{streamed}"), device, onDevice) { FallsBack = wanted == ComputeDevice.Auto };
        }
        catch (CudaException e)
        {
            onDevice?.Dispose();
            device?.Dispose();
            return wanted == ComputeDevice.Auto ? new ChosenDevice($"processor: {e.Message}") : throw new CudaException($"the graphics card cannot be used: {e.Message}");
        }
    }

    /// <summary>The card failed while it was computing: what begins from now on begins on the processor.</summary>
    /// <returns>Whether that was not known.</returns>
    public bool GiveUp(CudaException problem)
    {
        if (Model is null)
        {
            return false;
        }

        // Texts that are on the card still have its memory.
        Model = null;
        Line = $"processor: the graphics card failed: {problem.Message}";
        return true;
    }

    public void Dispose()
    {
        _onDevice?.Dispose();
        _device?.Dispose();
    }
}
