namespace Tritter.Inference.Cuda;

/// <summary>A device that cannot be used, or a call of its driver that failed: one line with the reason.</summary>
public sealed class CudaException(string message) : Exception(message);
