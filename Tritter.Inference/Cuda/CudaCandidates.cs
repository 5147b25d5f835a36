using Tritter.Inference.Sampling;

namespace Tritter.Inference.Cuda;

/// <summary>Finds on a device the tokens that a draw needs (Kernels/sample.cu), so that they alone come to the host.</summary>
internal sealed class CudaCandidates : IDisposable
{
    /// <summary>Most tokens that come to the host; where there are more, all logits do.</summary>
    public const int Capacity = 4095;

    /// <summary>How many there are, and the tokens.</summary>
    public const long Bytes = (1 + Capacity) * sizeof(ulong);

    private const int Threads = 1024, SharedBytes = 9 << 10;

    private readonly CudaDevice _device;
    private readonly CudaBuffer _found;
    private readonly PinnedMemory _here;
    private CudaBuffer? _ruledOut;
    private int[] _ruledOutIds = [];

    public CudaCandidates(CudaDevice device)
    {
        _device = device;
        _found = device.Allocate(Bytes);
        try
        {
            _here = new PinnedMemory(device, Bytes);
        }
        catch
        {
            _found.Dispose();
            throw;
        }
    }

    /// <param name="logits">[vocab] on the device, in which <paramref name="ruledOut"/> become negative infinity.</param>
    /// <param name="found">Emptied, then given the tokens, as <see cref="Candidate"/> has them.</param>
    /// <returns>False when there are too many, which leaves <paramref name="found"/> empty.</returns>
    public bool Find(CudaBuffer logits, int vocabulary, CandidateLimits limits, ReadOnlySpan<int> ruledOut, List<ulong> found)
    {
        found.Clear();
        if (!ruledOut.SequenceEqual(_ruledOutIds))
        {
            _ruledOut?.Dispose();
            _ruledOut = _device.Upload(ruledOut);
            _ruledOutIds = ruledOut.ToArray();
        }

        int most = limits.Most > Capacity ? 0 : limits.Most;
        _device.Launch("sample_candidates", 1, 1, Threads, SharedBytes, logits, vocabulary, _ruledOut?.Pointer ?? 0, ruledOut.Length, limits.Below, most, Capacity, _found);
        Span<ulong> here = _here.Span<ulong>(1 + Capacity);
        _device.Download(_found.Pointer, here);
        if (here[0] > Capacity)
        {
            return false;
        }

        foreach (ulong ordered in here.Slice(1, (int)here[0]))
        {
            // Kernels/decode.h's `ordered` is larger where a Candidate is smaller.
            found.Add(~ordered);
        }

        return true;
    }

    public void Dispose()
    {
        _ruledOut?.Dispose();
        _here.Dispose();
        _found.Dispose();
    }
}
