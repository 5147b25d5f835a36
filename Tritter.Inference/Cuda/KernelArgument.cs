namespace Tritter.Inference.Cuda;

/// <summary>A kernel's argument of up to eight bytes, of which the driver reads as many as the kernel declares.</summary>
internal readonly struct KernelArgument
{
    private readonly long _bits;

    private KernelArgument(long bits) => _bits = bits;

    public static implicit operator KernelArgument(int value) => new(value);

    public static implicit operator KernelArgument(float value) => new(BitConverter.SingleToUInt32Bits(value));

    public static implicit operator KernelArgument(nint pointer) => new(pointer);

    public static implicit operator KernelArgument(CudaBuffer buffer) => new(buffer.Pointer);
}
