using Tritter.Inference.Kernels;
using Tritter.Inference.KvCache;

namespace Tritter.Inference.Model;

/// <summary>Which tokens of a chunk need logits.</summary>
internal enum LogitsOf
{
    /// <summary>None: a chunk of the prompt that others follow.</summary>
    None,

    /// <summary>The last token: what decoding needs.</summary>
    Last,

    /// <summary>Every token: what evaluation needs.</summary>
    All,
}

/// <summary>
/// The transformer: tokens in, logits out, keys and values into the cache. Owns its buffers; one call at a time.
/// </summary>
/// <remarks>
/// Every worker runs <see cref="Work"/> and takes its share of each stage's tokens, rows or heads. A row's or token's result never
/// depends on who computed it, so any number of threads gives the same bits. Shapes: T tokens of the chunk, H hidden, F feed-forward.
/// </remarks>
internal sealed unsafe class ForwardPass : IDisposable
{
    /// <summary>Tokens computed together: enough to reuse weights, few enough to stop soon after a cancellation.</summary>
    public const int MaxChunk = 64;

    private readonly TritterModel _model;
    private readonly ModelConfig _config;
    private readonly ThreadTeam _team;
    private readonly Rope _rope;
    private readonly Action<int> _work;

    private readonly AlignedBuffer<float> _x;         // [T, H] residual stream
    private readonly AlignedBuffer<float> _query;     // [T, QuerySize]
    private readonly AlignedBuffer<float> _key;       // [T, KvSize]
    private readonly AlignedBuffer<float> _value;     // [T, KvSize]
    private readonly AlignedBuffer<float> _attention; // [T, QuerySize]
    private readonly AlignedBuffer<float> _gate;      // [T, F]
    private readonly AlignedBuffer<float> _up;        // [T, F]
    private readonly AlignedBuffer<float> _branch;    // [T, H] output of attention or feed-forward
    private readonly AlignedBuffer<float> _normed;    // [T, max(H, QuerySize, F)]
    private readonly AlignedBuffer<sbyte> _quantized; // [T, max(H, QuerySize, F)]
    private readonly AlignedBuffer<float> _steps;     // [T]
    private readonly AlignedBuffer<int> _sums;        // [T]
    private readonly AlignedBuffer<float> _cos;       // [T, headDim / 2]
    private readonly AlignedBuffer<float> _sin;       // [T, headDim / 2]
    private readonly AlignedBuffer<short> _headInput; // [T, H]
    private readonly AlignedBuffer<float> _headSteps; // [T]
    private readonly AlignedBuffer<float>?[] _scores; // scratch of each worker
    private AlignedBuffer<float> _logits;             // [tokens asked for, vocab]

    // The call being computed.
    private readonly int[] _tokens = new int[MaxChunk];
    private int _count;
    private int _position;
    private LogitsOf _logitsOf;
    private KvSequence _cache = null!;
    private CancellationToken _cancellation;
    private volatile bool _cancelled;

    public ForwardPass(TritterModel model, ThreadTeam team)
    {
        _model = model;
        _config = model.Config;
        _team = team;
        _rope = new Rope(_config.HeadDim, _config.RopeTheta);
        _work = Work;
        int widest = Math.Max(_config.HiddenSize, Math.Max(_config.QuerySize, _config.IntermediateSize));
        _x = new(MaxChunk * _config.HiddenSize);
        _query = new(MaxChunk * _config.QuerySize);
        _key = new(MaxChunk * _config.KvSize);
        _value = new(MaxChunk * _config.KvSize);
        _attention = new(MaxChunk * _config.QuerySize);
        _gate = new((long)MaxChunk * _config.IntermediateSize);
        _up = new((long)MaxChunk * _config.IntermediateSize);
        _branch = new(MaxChunk * _config.HiddenSize);
        _normed = new((long)MaxChunk * widest);
        _quantized = new((long)MaxChunk * widest);
        _steps = new(MaxChunk);
        _sums = new(MaxChunk);
        _cos = new(MaxChunk * _config.HeadDim / 2);
        _sin = new(MaxChunk * _config.HeadDim / 2);
        _headInput = new(MaxChunk * _config.HiddenSize);
        _headSteps = new(MaxChunk);
        _scores = new AlignedBuffer<float>?[team.Size];
        _logits = new(_config.VocabSize);
    }

    /// <summary>Called after each layer with its number and the residual stream [T, H]; for tests and tools.</summary>
    public Action<int, ReadOnlyMemory<float>>? LayerProbe { get; set; }

    /// <summary>Logits of the last call: [vocab], or [T, vocab] when all were asked for. Overwritten by the next call.</summary>
    public Span<float> Logits => new(_logits.Pointer, (_logitsOf == LogitsOf.All ? _count : 1) * _config.VocabSize);

    /// <summary>Computes <paramref name="tokens"/> at the positions that follow what <paramref name="cache"/> holds, and adds them to it.</summary>
    /// <param name="tokens">1 to <see cref="MaxChunk"/> ids.</param>
    /// <exception cref="OperationCanceledException">Cancelled, within a few milliseconds; the cache holds what it held before.</exception>
    public void Run(ReadOnlySpan<int> tokens, KvSequence cache, LogitsOf logits, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfZero(tokens.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tokens.Length, MaxChunk);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(cache.Length + tokens.Length, cache.Capacity);
        foreach (int token in tokens)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)token, (uint)_config.VocabSize, nameof(tokens));
        }

        tokens.CopyTo(_tokens);
        _count = tokens.Length;
        _position = cache.Length;
        _cache = cache;
        _logitsOf = logits;
        if (logits == LogitsOf.All && _logits.Length < (long)_count * _config.VocabSize)
        {
            _logits.Dispose();
            _logits = new((long)MaxChunk * _config.VocabSize);
        }

        _cancellation = cancellationToken;
        _cancelled = false;
        cache.Reserve(_count);
        _team.Run(_work);
        if (_cancelled)
        {
            throw new OperationCanceledException(cancellationToken);
        }

        cache.Advance(tokens);
    }

    public void Dispose()
    {
        IDisposable[] buffers = [_x, _query, _key, _value, _attention, _gate, _up, _branch, _normed, _quantized, _steps, _sums, _cos, _sin, _headInput, _headSteps, _logits];
        foreach (IDisposable? buffer in buffers.Concat(_scores))
        {
            buffer?.Dispose();
        }
    }

    private void Work(int worker)
    {
        int half = _config.HeadDim / 2;
        (int first, int end) = _team.Share(worker, _count);
        for (int t = first; t < end; t++)
        {
            Embed(_tokens[t], _x.Pointer + t * _config.HiddenSize);
            _rope.Angles(_position + t, _cos.Pointer + t * half, _sin.Pointer + t * half);
        }

        for (int i = 0; i < _model.Layers.Count; i++)
        {
            LayerWeights layer = _model.Layers[i];
            if (!AttentionBranch(worker, layer, _cache.Layer(i)))
            {
                return;
            }

            MlpBranch(worker, layer);
            if (LayerProbe is { } probe)
            {
                _team.Barrier();
                if (worker == 0)
                {
                    probe(i, new Span<float>(_x.Pointer, _count * _config.HiddenSize).ToArray());
                }
            }
        }

        if (_logitsOf != LogitsOf.None)
        {
            Head(worker);
        }
    }

    private void Embed(int token, float* x)
    {
        sbyte* row = _model.Embedding + (long)token * _config.HiddenSize;
        float scale = _model.EmbeddingScales.Pointer[token];
        for (int i = 0; i < _config.HiddenSize; i++)
        {
            x[i] = row[i] * scale;
        }
    }

    /// <summary>h = x + o_proj(LN(Attn(LN(x)))). Entered and left with each token's row owned by its worker.</summary>
    /// <returns>False when the call was cancelled; all workers agree on it.</returns>
    private bool AttentionBranch(int worker, LayerWeights layer, KvLayer kv)
    {
        if (worker == 0)
        {
            // The others read it after the next barrier, so that all leave at the same place.
            _cancelled = _cancellation.IsCancellationRequested;
        }

        QuantizedRows input = NormAndQuantize(worker, _x.Pointer, layer.InputNorm.Pointer, _config.HiddenSize);
        if (_cancelled)
        {
            return false;
        }

        Multiply(worker, layer.Query, input, _query.Pointer);
        Multiply(worker, layer.Key, input, _key.Pointer);
        Multiply(worker, layer.Value, input, _value.Pointer);
        _team.Barrier();
        PrepareHeads(worker, layer, kv);
        _team.Barrier();
        Attend(worker, layer, kv);
        _team.Barrier();
        QuantizedRows heads = NormAndQuantize(worker, _attention.Pointer, layer.AttentionSubNorm.Pointer, _config.QuerySize);
        Multiply(worker, layer.Output, heads, _branch.Pointer);
        _team.Barrier();
        (int first, int end) = _team.Share(worker, _count);
        for (int t = first; t < end; t++)
        {
            Residual.Add(_x.Pointer + t * _config.HiddenSize, _branch.Pointer + t * _config.HiddenSize, _config.HiddenSize);
        }

        return true;
    }

    /// <summary>x' = h + LN(down(LN(relu(gate(m))² * up(m)))) with m = LN(h). Entered and left with each token's row owned by its worker.</summary>
    private void MlpBranch(int worker, LayerWeights layer)
    {
        QuantizedRows input = NormAndQuantize(worker, _x.Pointer, layer.PreMlpNorm.Pointer, _config.HiddenSize);
        Multiply(worker, layer.Gate, input, _gate.Pointer);
        Multiply(worker, layer.Up, input, _up.Pointer);
        _team.Barrier();
        int width = _config.IntermediateSize;
        (int first, int end) = _team.Share(worker, _count);
        for (int t = first; t < end; t++)
        {
            float* gate = _gate.Pointer + (long)t * width;
            GatedRelu.Apply(gate, _up.Pointer + (long)t * width, gate, width);
        }

        QuantizedRows gated = NormAndQuantize(worker, _gate.Pointer, layer.FfnSubNorm.Pointer, width);
        Multiply(worker, layer.Down, gated, _branch.Pointer);
        _team.Barrier();
        for (int t = first; t < end; t++)
        {
            float* branch = _branch.Pointer + t * _config.HiddenSize;
            LayerNorm.Normalize(branch, layer.PostMlpNorm.Pointer, branch, _config.HiddenSize, _config.NormEpsilon);
            Residual.Add(_x.Pointer + t * _config.HiddenSize, branch, _config.HiddenSize);
        }
    }

    /// <summary>LN and int8 rounding of the worker's tokens, then a barrier: afterwards all rows are there for everybody.</summary>
    private QuantizedRows NormAndQuantize(int worker, float* x, float* weight, int width)
    {
        var rows = new QuantizedRows(_quantized.Pointer, _steps.Pointer, _sums.Pointer, _count, width);
        (int first, int end) = _team.Share(worker, _count);
        for (int t = first; t < end; t++)
        {
            float* normed = _normed.Pointer + (long)t * width;
            LayerNorm.Normalize(x + (long)t * width, weight, normed, width, _config.NormEpsilon);
            rows.Steps[t] = Quantize.ToInt8(normed, rows.Row(t), width, out rows.Sums[t]);
        }

        _team.Barrier();
        return rows;
    }

    private void Multiply(int worker, TernaryMatrix weights, in QuantizedRows input, float* y)
    {
        (int first, int end) = _team.Share(worker, weights.Blocks);
        TernaryMatMul.Multiply(weights, input, y, first, end);
    }

    /// <summary>QK-norm, then RoPE, then the cache.</summary>
    private void PrepareHeads(int worker, LayerWeights layer, KvLayer kv)
    {
        (int first, int end) = _team.Share(worker, _count);
        for (int t = first; t < end; t++)
        {
            float* key = _key.Pointer + (long)t * _config.KvSize;
            NormAndRotate(_query.Pointer + (long)t * _config.QuerySize, _config.Heads, layer.QueryNorm.Pointer, layer.Attention.Rope, t);
            NormAndRotate(key, _config.KvHeads, layer.KeyNorm.Pointer, layer.Attention.Rope, t);
            kv.Write(_position + t, key, _value.Pointer + (long)t * _config.KvSize);
        }
    }

    private void NormAndRotate(float* heads, int count, float* norm, bool rope, int t)
    {
        int headDim = _config.HeadDim;
        for (int h = 0; h < count; h++, heads += headDim)
        {
            LayerNorm.Normalize(heads, norm, heads, headDim, _config.NormEpsilon);
            if (rope)
            {
                Rope.Rotate(heads, _cos.Pointer + t * headDim / 2, _sin.Pointer + t * headDim / 2, headDim);
            }
        }
    }

    /// <summary>Tiles of queries that share a key head, dealt out to the workers in turn because later tokens see more.</summary>
    private void Attend(int worker, LayerWeights layer, KvLayer kv)
    {
        int group = _config.Heads / _config.KvHeads;
        int queriesPerHead = _count * group;
        int tilesPerHead = (queriesPerHead + Attention.Tile - 1) / Attention.Tile;
        float* scratch = Scratch(worker, (int)Math.Min(_position + _count, (long)layer.Attention.Window + _count));
        Query* tile = stackalloc Query[Attention.Tile];
        for (int item = worker; item < tilesPerHead * _config.KvHeads; item += _team.Active)
        {
            // A tile of a long context takes milliseconds. What is skipped is never used: the next layer begins by giving up.
            if (_cancellation.IsCancellationRequested)
            {
                continue;
            }

            int kvHead = item % _config.KvHeads;
            int first = item / _config.KvHeads * Attention.Tile;
            int count = Math.Min(Attention.Tile, queriesPerHead - first);
            for (int i = 0; i < count; i++)
            {
                int t = (first + i) / group;
                long offset = (long)t * _config.QuerySize + (kvHead * group + (first + i) % group) * _config.HeadDim;
                tile[i] = new Query { Vector = _query.Pointer + offset, Result = _attention.Pointer + offset, Position = _position + t };
            }

            Attention.Attend(kv, kvHead, tile, count, _config.HeadDim, layer.Attention.Window, _config.AttentionScale, scratch);
        }
    }

    private float* Scratch(int worker, int positions)
    {
        long needed = Attention.ScratchLength(positions);
        if (_scores[worker] is not { } buffer || buffer.Length < needed)
        {
            _scores[worker]?.Dispose();
            _scores[worker] = buffer = new AlignedBuffer<float>(Math.Max(needed, 16 * 1024) * 5 / 4);
        }

        return buffer.Pointer;
    }

    private void Head(int worker)
    {
        int firstToken = _logitsOf == LogitsOf.All ? 0 : _count - 1;
        int hidden = _config.HiddenSize;
        (int first, int end) = _team.Share(worker, _count);
        for (int t = Math.Max(first, firstToken); t < end; t++)
        {
            float* normed = _normed.Pointer + t * hidden;
            LayerNorm.Normalize(_x.Pointer + t * hidden, _model.FinalNorm.Pointer, normed, hidden, _config.NormEpsilon);
            _headSteps.Pointer[t] = Quantize.ToInt16(normed, _headInput.Pointer + t * hidden, hidden);
        }

        _team.Barrier();
        (first, end) = _team.Share(worker, _config.VocabSize);
        for (int t = firstToken; t < _count; t++)
        {
            float* logits = _logits.Pointer + (long)(t - firstToken) * _config.VocabSize;
            EmbeddingHead.Multiply(_model.Embedding, _model.EmbeddingScales.Pointer, hidden, _headInput.Pointer + t * hidden, _headSteps.Pointer[t], logits, first, end);
        }
    }
}
