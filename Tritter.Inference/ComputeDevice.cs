namespace Tritter.Inference;

/// <summary>Where a model is computed.</summary>
public enum ComputeDevice
{
    /// <summary>On an NVIDIA card when one can be used, else on the processor.</summary>
    Auto,

    /// <summary>On the processor: the same bits everywhere.</summary>
    Cpu,

    /// <summary>On an NVIDIA card, or not at all.</summary>
    Cuda,
}
