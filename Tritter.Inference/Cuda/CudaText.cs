using System.Runtime.InteropServices;
using Tritter.Inference.Generation;
using Tritter.Inference.KvCache;
using Tritter.Inference.Model;
using Tritter.Inference.Sampling;

namespace Tritter.Inference.Cuda;

/// <summary>A text on a device. Its beginning stays there between calls; other texts share it only once it was saved, by way of the host's pages.</summary>
internal sealed unsafe class CudaText : IText
{
    /// <summary>Positions there is room for at first; twice as many when they are full.</summary>
    private const int FirstPositions = 4096;

    private readonly CudaModel _model;
    private readonly CudaKv _kv;
    private readonly PrefixTree? _tree;
    private readonly List<int> _tokens = [];
    private readonly PinnedMemory _logits;
    private float[] _allLogits = [];
    private CudaBuffer? _allOnDevice;
    private LogitsOf _computed;
    private int _rows, _likeliest;
    private bool _fetched;

    /// <summary>The first position of which sliding layers have anything; not 0 when the text came from pages that had passed their windows.</summary>
    private int _slidingFrom;

    /// <param name="tree">The host's pages, which a text may begin with; null for none.</param>
    /// <param name="precision">Int8 or Int4.</param>
    public CudaText(CudaModel model, int capacity, PrefixTree? tree = null, KvPrecision precision = KvPrecision.Int8)
    {
        _model = model;
        // Others would have to be rounded anew.
        _tree = tree?.Layout.Precision == KvPrecision.Int8 ? tree : null;
        Capacity = capacity;
        model.Device.MakeCurrent();
        _logits = new PinnedMemory(model.Device, model.Config.VocabSize * (long)sizeof(float));
        try
        {
            _kv = new CudaKv(model.Device, model.Config, Math.Min(CudaKv.Rounded(capacity), FirstPositions), precision);
        }
        catch
        {
            _logits.Dispose();
            throw;
        }
    }

    public int Capacity { get; }

    public int MaxChunk => CudaModel.MaxChunk;

    public bool ChunksAreCheap => false;

    public IReadOnlyList<int> Tokens => _tokens;

    public ReadOnlySpan<int> TokenSpan => CollectionsMarshal.AsSpan(_tokens);

    internal CudaKv Kv => _kv;

    /// <summary>Bytes of keys and values on the device.</summary>
    public long KvBytes => _kv.Bytes;

    public Span<float> Logits
    {
        get
        {
            ObjectDisposedException.ThrowIf(_model.Device.IsDisposed, typeof(InferenceEngine));
            Span<float> logits = _computed == LogitsOf.All ? _allLogits.AsSpan(0, _rows * _model.Config.VocabSize) : _logits.Span<float>(_model.Config.VocabSize);
            if (!_fetched)
            {
                _model.Device.MakeCurrent();
                _model.Device.Download(_computed == LogitsOf.All ? _allOnDevice!.Pointer : _model.Logits.Pointer, logits);
                _fetched = true;
            }

            return logits;
        }
    }

    /// <summary>As the device found it, which sends four bytes instead of all logits.</summary>
    public int Likeliest => _computed == LogitsOf.Last ? _likeliest : Sampler.Greedy(Logits[^_model.Config.VocabSize..]);

    public bool TryFind(CandidateLimits limits, IReadOnlyList<int> ruledOut, List<ulong> found)
    {
        // Once they are here they may have been changed here.
        if (_computed != LogitsOf.Last || _fetched)
        {
            return false;
        }

        found.Clear();
        if (limits is { Below: 0, Most: 1 } && _likeliest >= 0 && !ruledOut.Contains(_likeliest))
        {
            // It is the first of equal ones; what it is above is no longer of interest.
            found.Add(Candidate.Of(0, _likeliest));
            return true;
        }

        _model.Device.MakeCurrent();
        return _model.Candidates.Find(_model.Logits, _model.Config.VocabSize, limits, ruledOut as int[] ?? [.. ruledOut], found);
    }

    public int Seek(ReadOnlySpan<int> tokens)
    {
        int held = Truncate(TokenSpan.CommonPrefixLength(tokens));
        _model.Device.MakeCurrent();
        // All at once: growing by and by would copy a long text several times, and hold two of it.
        Reserve(Math.Min(Capacity, tokens.Length + 1));
        return _tree is null ? held : Restore(_tree, tokens, held);
    }

    public void Save(string path, ReadOnlySpan<byte> model)
    {
        if (_tree is null)
        {
            throw new InvalidOperationException("keys and values on a graphics card are saved as int8 alone");
        }

        _model.Device.MakeCurrent();
        using var text = new KvSequence(_tree, Capacity);
        CudaPages.Download(_model.Device, _kv, _tree, text, TokenSpan, _slidingFrom);
        KvFile.Save(path, _tree.Layout, text, model, onCard: true);
    }

    public int Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, _tokens.Count);
        if (_slidingFrom > 0 && length - _tree!.Layout.Window + 1 < _slidingFrom)
        {
            (length, _slidingFrom) = (0, 0);
        }

        length = _kv.GoBack(length);
        CollectionsMarshal.SetCount(_tokens, length);
        return length;
    }

    public void Run(ReadOnlySpan<int> tokens, LogitsOf logits, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfZero(tokens.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tokens.Length, MaxChunk);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(_tokens.Count + tokens.Length, Capacity);
        foreach (int token in tokens)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)token, (uint)_model.Config.VocabSize, nameof(tokens));
        }

        cancellationToken.ThrowIfCancellationRequested();
        _model.Device.MakeCurrent();
        TakeTurn();
        Reserve(_tokens.Count + tokens.Length);
        _kv.Begin(_tokens.Count, tokens.Length);
        if (tokens.Length == 1)
        {
            CudaPass.Token(_model, _kv, tokens[0], _tokens.Count);
            logits = LogitsOf.Last;
        }
        else
        {
            CudaPass.Chunk(_model, _kv, tokens, _tokens.Count, logits == LogitsOf.Last);
            if (logits == LogitsOf.All)
            {
                AllLogits(tokens.Length);
            }
        }

        _kv.Advance(_tokens.Count, tokens.Length);
        _model.Device.Synchronize();
        (_computed, _rows, _fetched, _likeliest) = (logits, tokens.Length, false, logits == LogitsOf.Last ? _model.Answer : -1);
        _tokens.AddRange(tokens);
    }

    /// <summary>Also after the device was disposed, which leaves nothing to free.</summary>
    public void Dispose()
    {
        _model.Computing = _model.Computing == this ? null : _model.Computing;
        if (_model.Device.IsDisposed)
        {
            return;
        }

        _model.Device.TryMakeCurrent();
        _allOnDevice?.Dispose();
        _kv.Dispose();
        _logits.Dispose();
    }

    /// <summary>Another text's logits come here before this one's take their place.</summary>
    private void TakeTurn()
    {
        if (_model.Computing is { } other && other != this && other._computed == LogitsOf.Last)
        {
            _ = other.Logits;
        }

        _model.Computing = this;
    }

    /// <summary>Takes what the host has of a text and this one has not.</summary>
    /// <returns>Tokens held then.</returns>
    private int Restore(PrefixTree tree, ReadOnlySpan<int> tokens, int held)
    {
        List<KvPage> pages = tree.Find(tokens, out int length);
        // A few are computed as fast.
        if (length < held + KvLayout.PagePositions)
        {
            return held;
        }

        CudaPages.Upload(_model.Device, _kv, tree.Layout, pages, held, length);
        pages.ForEach(tree.Touch);
        int last = pages.FindLastIndex(page => page.Sliding is null);
        _slidingFrom = last >= held / KvLayout.PagePositions ? (last + 1) * KvLayout.PagePositions : _slidingFrom;
        _tokens.AddRange(tokens[held..length]);
        return length;
    }

    private void Reserve(int positions)
    {
        if (positions > _kv.Positions)
        {
            int room = (int)Math.Min(int.MaxValue, 2L * _kv.Positions);
            _kv.Grow(2L * positions > Capacity ? CudaKv.Rounded(Capacity) : Math.Max(CudaKv.Rounded(positions), room), _tokens.Count);
        }
    }

    private void AllLogits(int tokens)
    {
        int vocabulary = _model.Config.VocabSize;
        if (_allLogits.Length < tokens * vocabulary)
        {
            _allLogits = new float[tokens * vocabulary];
            _allOnDevice?.Dispose();
            _allOnDevice = _model.Device.Allocate(_allLogits.Length * sizeof(float));
        }

        for (int t = 0; t < tokens; t++)
        {
            CudaPass.Head(_model, t);
            _model.Device.Copy(_model.Logits.Pointer, _allOnDevice!.Pointer + (nint)t * vocabulary * sizeof(float), vocabulary * sizeof(float));
        }
    }
}
