using Tritter.Inference.KvCache;
using Tritter.Inference.Model;
using Tritter.Inference.Sampling;

namespace Tritter.Inference.Generation;

/// <summary>A text on the processor: pages of the prefix tree, and a transformer with buffers of its own.</summary>
internal sealed class ProcessorText(PrefixTree tree, int capacity, ForwardPass forward) : IText
{
    public KvSequence Cache { get; } = new(tree, capacity);

    public ForwardPass Forward => forward;

    public int Capacity => Cache.Capacity;

    public long KvBytes => tree.ByteLength;

    public int MaxChunk => ForwardPass.MaxChunk;

    public bool ChunksAreCheap => true;

    public IReadOnlyList<int> Tokens => Cache.Tokens;

    public ReadOnlySpan<int> TokenSpan => Cache.TokenSpan;

    public Span<float> Logits => forward.Logits;

    public int Likeliest => Sampler.Greedy(forward.Logits);

    public bool TryFind(CandidateLimits limits, IReadOnlyList<int> ruledOut, List<ulong> found) => false;

    public int Seek(ReadOnlySpan<int> tokens) => Cache.Seek(tokens);

    public void Run(ReadOnlySpan<int> tokens, LogitsOf logits, CancellationToken cancellationToken) => forward.Run(tokens, Cache, logits, cancellationToken);

    public void Save(string path, ReadOnlySpan<byte> model) => KvFile.Save(path, tree.Layout, Cache, model, onCard: false);

    public int Truncate(int length) => Cache.Truncate(length);

    public void Dispose()
    {
        forward.Dispose();
        Cache.Dispose();
    }
}
