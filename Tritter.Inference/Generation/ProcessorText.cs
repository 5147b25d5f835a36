using Tritter.Inference.KvCache;
using Tritter.Inference.Model;
using Tritter.Inference.Sampling;

namespace Tritter.Inference.Generation;

/// <summary>A text on the processor: pages of the prefix tree, and a transformer with buffers of its own.</summary>
internal sealed class ProcessorText(KvSequence cache, ForwardPass forward) : IText
{
    public KvSequence Cache => cache;

    public ForwardPass Forward => forward;

    public int Capacity => cache.Capacity;

    public int MaxChunk => ForwardPass.MaxChunk;

    public bool ChunksAreCheap => true;

    public IReadOnlyList<int> Tokens => cache.Tokens;

    public ReadOnlySpan<int> TokenSpan => cache.TokenSpan;

    public Span<float> Logits => forward.Logits;

    public int Likeliest => Sampler.Greedy(forward.Logits);

    public int Seek(ReadOnlySpan<int> tokens) => cache.Seek(tokens);

    public void Run(ReadOnlySpan<int> tokens, LogitsOf logits, CancellationToken cancellationToken) => forward.Run(tokens, cache, logits, cancellationToken);

    public int Truncate(int length) => cache.Truncate(length);

    public void Dispose()
    {
        forward.Dispose();
        cache.Dispose();
    }
}
