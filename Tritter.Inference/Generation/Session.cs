using Tritter.Inference.Kernels;
using Tritter.Inference.Model;

namespace Tritter.Inference.Generation;

/// <summary>One text that the model is reading: its tokens and their keys and values. One call at a time.</summary>
public sealed class Session : IDisposable
{
    private readonly KvCache.KvCache _cache;
    private readonly ForwardPass _forward;
    private readonly List<int> _tokens = [];

    internal Session(TritterModel model, ThreadTeam team, int capacity)
    {
        _cache = new KvCache.KvCache(model.Config, capacity, ForwardPass.MaxChunk);
        _forward = new ForwardPass(model, team);
    }

    /// <summary>Most tokens of a prompt and its continuation.</summary>
    public int Capacity => _cache.Capacity;

    /// <summary>The tokens read so far.</summary>
    public IReadOnlyList<int> Tokens => _tokens;

    /// <summary>[vocab]: scores of what comes after <see cref="Tokens"/>. May be changed; overwritten by the next call.</summary>
    public Span<float> Logits => _forward.Logits;

    /// <summary>The transformer, for tests that look inside.</summary>
    internal ForwardPass Forward => _forward;

    /// <summary>
    /// Prefill: reads <paramref name="prompt"/>, keeping what was read before up to the first token that differs. Afterwards
    /// <see cref="Logits"/> are those of its last token.
    /// </summary>
    /// <param name="prompt">1 to <see cref="Capacity"/> ids.</param>
    /// <returns>Tokens that did not have to be computed.</returns>
    /// <exception cref="OperationCanceledException">Cancelled between two chunks; what was read stays usable.</exception>
    public int Read(ReadOnlySpan<int> prompt, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfZero(prompt.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(prompt.Length, Capacity);
        // The last token is always computed: its logits are not kept.
        int cached = Truncate(CommonPrefix(prompt[..^1]));
        for (int next = cached; next < prompt.Length;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int count = Math.Min(ForwardPass.MaxChunk, prompt.Length - next);
            Append(prompt.Slice(next, count), next + count == prompt.Length ? LogitsOf.Last : LogitsOf.None);
            next += count;
        }

        return cached;
    }

    /// <summary>Decode: adds one token. Afterwards <see cref="Logits"/> are those of what follows it.</summary>
    public void Append(int token) => Append([token], LogitsOf.Last);

    internal void Append(ReadOnlySpan<int> tokens, LogitsOf logits)
    {
        _forward.Run(tokens, _cache, logits);
        _tokens.AddRange(tokens);
    }

    /// <summary>Forgets the tokens from <paramref name="length"/> on.</summary>
    /// <returns>Tokens still held: <paramref name="length"/>, or 0 where the sliding windows no longer reach back that far.</returns>
    internal int Truncate(int length)
    {
        int kept = _cache.Truncate(length);
        _tokens.RemoveRange(kept, _tokens.Count - kept);
        return kept;
    }

    public void Dispose()
    {
        _forward.Dispose();
        _cache.Dispose();
    }

    private int CommonPrefix(ReadOnlySpan<int> prompt) =>
        System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_tokens).CommonPrefixLength(prompt);
}
