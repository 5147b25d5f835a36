using System.Globalization;
using Tritter.Inference.Model;

namespace Tritter.Inference.Cuda;

/// <summary>Which layers stay on a device, and in groups of how many the others come to it from host memory.</summary>
/// <param name="Resident">Of the layers.</param>
/// <param name="Group">Layers of a group; 0 when all are resident.</param>
internal sealed record CudaPlacement(int Layers, int Resident, int Group)
{
    /// <summary>Groups that are on the device at a time: one is computed while the next one comes.</summary>
    public const int Buffers = 2;

    /// <summary>Of a group, rather more than less: a copy takes milliseconds, and two groups are a small part of a card.</summary>
    private const long GroupBytes = 100_000_000;

    private const int LargestGroup = 4;

    /// <summary>Left for the driver and others.</summary>
    private const long Slack = 500_000_000;

    public bool IsWhole => Resident == Layers;

    /// <summary>"62 of 80 layers streamed from host memory in groups of 2".</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Layers - Resident} of {Layers} layers streamed from host memory in groups of {Group}");

    /// <exception cref="CudaException">What every model needs on the device is too much already.</exception>
    public static CudaPlacement For(CudaDevice device, ModelConfig config, GpuMemory memory)
    {
        long budget = memory.Budget ?? device.FreeBytes - CudaKv.BytesOf(config, CudaKv.Rounded(memory.Positions), memory.Kv) - Slack;
        return For(config, budget, memory.LayerGroup, device.Processors);
    }

    /// <param name="budget">Bytes for all but keys and values.</param>
    /// <param name="group">null for as many as suit.</param>
    /// <exception cref="CudaException">What every model needs on the device is too much already.</exception>
    public static CudaPlacement For(ModelConfig config, long budget, int? group, int processors)
    {
        int layers = config.Layers.Count;
        if (CudaMemory.FixedBytes(config, processors, plans: 1) + layers * CudaLayer.MatrixBytes(config) <= budget)
        {
            return new CudaPlacement(layers, layers, 0);
        }

        long room = budget - CudaMemory.FixedBytes(config, processors, Buffers);
        long fits = room < 0 ? -1 : room / CudaLayer.MatrixBytes(config);
        int chosen = group ?? (int)Math.Clamp(fits / Buffers, 1, SuitableGroup(config));
        if (fits < Buffers * chosen)
        {
            long needed = CudaMemory.FixedBytes(config, processors, Buffers) + Buffers * chosen * CudaLayer.MatrixBytes(config);
            throw new CudaException(string.Create(CultureInfo.InvariantCulture,
                $"the model needs {needed / 1e9:0.000} GB of its memory even with its layers in host memory, in groups of {chosen}, and may take {Math.Max(0, budget) / 1e9:0.000} GB"));
        }

        return new CudaPlacement(layers, (int)Math.Min(fits - Buffers * chosen, layers - 1), chosen);
    }

    /// <summary>Layers of a group where there is room for two of them.</summary>
    public static int SuitableGroup(ModelConfig config) => (int)Math.Min((GroupBytes - 1) / CudaLayer.MatrixBytes(config) + 1, LargestGroup);

    /// <summary>Spread evenly, so that the copies are.</summary>
    public bool IsResident(int layer) => LayerPlacement.IsOneOf(layer, Resident, Layers);
}
