using Tritter.Inference.Kernels;
using Tritter.Inference.KvCache;
using Tritter.Inference.Model;
using Tritter.Inference.Sampling;

namespace Tritter.Inference.Generation;

/// <summary>One text that the model is reading: its tokens and their keys and values. One call at a time.</summary>
public sealed class Session : IDisposable
{
    private readonly IText _text;
    private readonly TritterModel _model;
    private readonly Adapter? _adapter;
    private readonly PrefixTree _tree;
    private readonly List<ulong> _found = [];
    private bool _disposed;

    /// <param name="tree">What texts of this model share.</param>
    /// <param name="adapter">Added to the model; the tree must hold nothing of another one.</param>
    internal Session(TritterModel model, ThreadTeam team, PrefixTree tree, int capacity, Adapter? adapter = null)
    {
        _model = model;
        _adapter = adapter;
        _tree = tree;
        _text = new ProcessorText(tree, capacity, new ForwardPass(model, team, adapter));
    }

    /// <param name="text">Where the model is computed.</param>
    /// <param name="tree">The engine's, which this session does not use.</param>
    internal Session(TritterModel model, PrefixTree tree, IText text) => (_model, _tree, _text) = (model, tree, text);

    /// <summary>Most tokens of a prompt and its continuation.</summary>
    public int Capacity => _text.Capacity;

    /// <summary>The tokens read so far.</summary>
    public IReadOnlyList<int> Tokens => _text.Tokens;

    internal ReadOnlySpan<int> TokenSpan => _text.TokenSpan;

    /// <summary>[vocab]: scores of what comes after <see cref="Tokens"/>. May be changed; overwritten by the next call.</summary>
    public Span<float> Logits
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _text.Logits;
        }
    }

    /// <summary>The transformer, for tests that look inside.</summary>
    internal ForwardPass Forward => ((ProcessorText)_text).Forward;

    /// <summary>The token with the largest of the last logits, the first of equal ones; -1 for none. Without asking a device for all of them.</summary>
    public int Likeliest => _text.Likeliest;

    /// <summary>Has a sampler choose where not all logits have to be here for it.</summary>
    /// <param name="ruledOut">Tokens that must not be chosen.</param>
    /// <returns>The token, -1 when there is none, or null when <see cref="Logits"/> have to be sampled.</returns>
    internal int? Choose(Sampler sampler, IReadOnlyList<int> ruledOut) => _text.TryFind(sampler.Needs, ruledOut, _found) ? sampler.Choose(_found) : null;

    /// <summary>The natural logarithm of the probability that <paramref name="token"/> follows.</summary>
    public double LogProbability(int token) => Logits[token] - Sampling.LogProbability.Normalizer(Logits);

    /// <summary>Bytes of keys and values: of all texts that share them with this one, or of this text on its device.</summary>
    internal long KvBytes => _text.KvBytes;

    /// <summary>Whether several tokens take hardly longer than one, so that guessing pays.</summary>
    internal bool ChunksAreCheap => _text.ChunksAreCheap;

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
        int cached = _text.Seek(prompt[..^1]);
        for (int next = cached; next < prompt.Length;)
        {
            int count = Math.Min(_text.MaxChunk, prompt.Length - next);
            _text.Run(prompt.Slice(next, count), next + count == prompt.Length ? LogitsOf.Last : LogitsOf.None, cancellationToken);
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
        _text.Run(tokens, logits, CancellationToken.None);
    }

    /// <summary>
    /// Writes the keys and values of <see cref="Tokens"/> to a file, for <see cref="InferenceEngine.LoadPrefix"/> of an engine with the same
    /// model. The file appears whole or not at all.
    /// </summary>
    /// <exception cref="InvalidOperationException">Nothing is read yet, the session has an adapter, or keys and values on a graphics card are of a form that no file has.</exception>
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

        _text.Save(path, _model.Identity);
    }

    /// <summary>Forgets the tokens from <paramref name="length"/> on, and more where the sliding windows no longer reach back that far.</summary>
    /// <returns>Tokens still held.</returns>
    internal int Truncate(int length) => _text.Truncate(length);

    /// <summary>Also after the engine was disposed, and more than once.</summary>
    public void Dispose()
    {
        _disposed = true;
        _text.Dispose();
    }
}
