using System.Runtime.InteropServices;

namespace Tritter.Inference.Kernels;

/// <summary>Zeroed native memory for <see cref="Length"/> elements, aligned to 64 bytes (one AVX-512 register, one cache line).</summary>
/// <remarks>
/// Pages are committed by the operating system when first touched, so a large buffer costs only what is used of it. Buffers of several
/// megabytes are made of huge pages where the system has them (<see cref="HugePages"/>).
/// </remarks>
internal sealed unsafe class AlignedBuffer<T> : IDisposable
    where T : unmanaged
{
    private const int Alignment = 64;
    private readonly bool _huge;
    private void* _allocation;

    public AlignedBuffer(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Length = length;
        ByteLength = checked(length * sizeof(T));
        _allocation = HugePages.TryAllocate(ByteLength);
        _huge = _allocation != null;
        if (!_huge)
        {
            _allocation = NativeMemory.AllocZeroed((nuint)ByteLength + Alignment);
        }

        Pointer = (T*)(((nuint)_allocation + Alignment - 1) & ~(nuint)(Alignment - 1));
        if (ByteLength > 0)
        {
            GC.AddMemoryPressure(ByteLength);
        }
    }

    ~AlignedBuffer() => Free();

    /// <summary>A copy of <paramref name="elements"/>.</summary>
    public static AlignedBuffer<T> Of(ReadOnlySpan<T> elements)
    {
        var buffer = new AlignedBuffer<T>(elements.Length);
        elements.CopyTo(buffer.Span);
        return buffer;
    }

    /// <summary>First element; valid until <see cref="Dispose"/>.</summary>
    public T* Pointer { get; private set; }

    public long Length { get; }

    public long ByteLength { get; }

    public Span<T> Span => new(Pointer, checked((int)Length));

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        if (_allocation != null)
        {
            if (_huge)
            {
                HugePages.Free(_allocation, ByteLength);
            }
            else
            {
                NativeMemory.Free(_allocation);
            }

            _allocation = null;
            Pointer = null;
            if (ByteLength > 0)
            {
                GC.RemoveMemoryPressure(ByteLength);
            }
        }
    }
}
