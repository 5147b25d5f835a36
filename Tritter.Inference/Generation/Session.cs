using Tritter.Inference.Kernels;
using Tritter.Inference.KvCache;
using Tritter.Inference.Model;

namespace Tritter.Inference.Generation;

/// <summary>One text that the model is reading: its tokens and their keys and values. One call at a time.</summary>
public sealed class Session : IDisposable
{
    private readonly KvSequence _cache;
    private readonly ForwardPass _forward;
    private readonly TritterModel _model;
    private readonly Adapter? _adapter;
    private readonly PrefixTree _tree;
    private bool _disposed;

    /// <param name="tree">What texts of this model share.</param>
    /// <param name="adapter">Added to the model; the tree must hold nothing of another one.</param>
    internal Session(TritterModel model, ThreadTeam team, PrefixTree tree, int capacity, Adapter? adapter = null)
    {
        _model = model;
        _adapter = adapter;
        _tree = tree;
        _cache = new KvSequence(tree, capacity);
        _forward = new ForwardPass(model, team, adapter);
    }

    /// <summary>Most tokens of a prompt and its continuation.</summary>
    public int Capacity => _cache.Capacity;

    /// <summary>The tokens read so far.</summary>
    public IReadOnlyList<int> Tokens => _cache.Tokens;

    internal ReadOnlySpan<int> TokenSpan => _cache.TokenSpan;

    /// <summary>[vocab]: scores of what comes after <see cref="Tokens"/>. May be changed; overwritten by the next call.</summary>
    public Span<float> Logits
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _forward.Logits;
        }
    }

    /// <summary>The transformer, for tests that look inside.</summary>
    internal ForwardPass Forward => _forward;

    /// <summary>
    /// Prefill: reads <paramref name="prompt"/>, of which nothing is computed that this or another session has read before and the engine
    /// still keeps. Afterwards <see cref="Logits"/> are those of its last token.
    /// </summary>
    /// <param name="prompt">1 to <see cref="Capacity"/> ids.</param>
    /// <param name="progress">Told how many tokens of the prompt are read, after each chunk; may be null.</param>
    /// <returns>Tokens that did not have to be computed.</returns>
    /// <exception cref="OperationCanceledException">Cancelled; what was read stays usable.</exception>
    public int Read(ReadOnlySpan<int> prompt, CancellationToken cancellationToken, Action<int>? progress = null)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfZero(prompt.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(prompt.Length, Capacity);
        // The last token is always computed: its logits are not kept.
        int cached = _cache.Seek(prompt[..^1]);
        for (int next = cached; next < prompt.Length;)
        {
            int count = Math.Min(ForwardPass.MaxChunk, prompt.Length - next);
            _forward.Run(prompt.Slice(next, count), _cache, next + count == prompt.Length ? LogitsOf.Last : LogitsOf.None, cancellationToken);
            next += count;
            progress?.Invoke(next);
        }

        return cached;
    }

    /// <summary>Decode: adds one token. Afterwards <see cref="Logits"/> are those of what follows it.</summary>
    public void Append(int token) => Append([token], LogitsOf.Last);

    internal void Append(ReadOnlySpan<int> tokens, LogitsOf logits)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _forward.Run(tokens, _cache, logits, CancellationToken.None);
    }

    /// <summary>
    /// Writes the keys and values of <see cref="Tokens"/> to a file, for <see cref="InferenceEngine.LoadPrefix"/> of an engine with the same
    /// model. The file appears whole or not at all.
    /// </summary>
    /// <exception cref="InvalidOperationException">Nothing is read yet, or the session has an adapter.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public void Save(string path)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _tree.ThrowIfDisposed();
        if (Tokens.Count == 0)
        {
            throw new InvalidOperationException("there is nothing to save: no token is read yet");
        }

        if (_adapter is not null)
        {
            throw new InvalidOperationException("keys and values that an adapter took part in are not saved: the file names the model alone");
        }

        KvFile.Save(path, _tree.Layout, _cache, _model.Identity);
    }

    /// <summary>Forgets the tokens from <paramref name="length"/> on, and more where the sliding windows no longer reach back that far.</summary>
    /// <returns>Tokens still held.</returns>
    internal int Truncate(int length) => _cache.Truncate(length);

    /// <summary>Also after the engine was disposed, and more than once.</summary>
    public void Dispose()
    {
        _disposed = true;
        _forward.Dispose();
        _cache.Dispose();
    }
}
