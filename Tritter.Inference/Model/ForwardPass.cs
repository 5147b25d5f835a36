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
/// A single token (decoding) is too little to share: every worker then keeps a residual stream of its own, does all norms itself and
/// waits only for what the others multiply, which halves the barriers.
/// </remarks>
internal sealed unsafe class ForwardPass : IDisposable
{
    /// <summary>Tokens computed together: enough to reuse weights, few enough to stop soon after a cancellation.</summary>
    public const int MaxChunk = 64;

    private readonly TritterModel _model;
    private readonly ModelConfig _config;
    private readonly Adapter? _adapter;
    private readonly ThreadTeam _team;
    private readonly Rope _rope;
    private readonly Action<int> _work;

    private readonly AlignedBuffer<float> _x;         // [rows, H] residual stream; see Rows
    private readonly AlignedBuffer<float> _query;     // [T, QuerySize]
    private readonly AlignedBuffer<float> _key;       // [T, KvSize]
    private readonly AlignedBuffer<float> _value;     // [T, KvSize]
    private readonly AlignedBuffer<float> _attention; // [T, QuerySize]
    private readonly AlignedBuffer<float> _gate;      // [T, F]
    private readonly AlignedBuffer<float> _up;        // [T, F]
    private readonly AlignedBuffer<float> _branch;    // [T, H] output of attention or feed-forward
    private readonly AlignedBuffer<float> _normed;    // [rows, max(H, QuerySize, F)]
    private readonly AlignedBuffer<sbyte> _quantized; // [rows, max(H, QuerySize, F)]
    private readonly AlignedBuffer<float> _steps;     // [rows]
    private readonly AlignedBuffer<int> _sums;        // [rows]
    private readonly AlignedBuffer<float> _cos;       // [rows, headDim / 2]
    private readonly AlignedBuffer<float> _sin;       // [rows, headDim / 2]
    private readonly AlignedBuffer<short> _headInput; // [T, H]
    private readonly AlignedBuffer<float> _headSteps; // [T]
    private readonly AlignedBuffer<float>?[] _scores; // scratch of each worker
    private readonly AlignedBuffer<float>? _reduced;  // [rows, 3, rank] what an adapter's A made of a stage's input
    private readonly FineRows? _fine;                 // what the int8 rows left, in the form that rounds less
    private readonly BlockWindow[]? _windows;         // of each worker, where layers stay in the file
    private AlignedBuffer<float> _logits;             // [tokens asked for, vocab]

    // The call being computed.
    private readonly int[] _tokens = new int[MaxChunk];
    private int _count;
    private int _position;
    private LogitsOf _logitsOf;
    private KvSequence _cache = null!;
    private CancellationToken _cancellation;
    private volatile bool _cancelled;

    /// <param name="adapter">Added to the matrices; null leaves every bit as the model has it.</param>
    public ForwardPass(TritterModel model, ThreadTeam team, Adapter? adapter = null)
    {
        _model = model;
        _adapter = adapter;
        _config = model.Config;
        _team = team;
        _rope = new Rope(_config.HeadDim, _config.RopeTheta);
        _work = Work;
        // Rows: one for each token of a chunk, or one for each worker when they all work on one token.
        int rows = Math.Max(MaxChunk, team.Size);
        int widest = Math.Max(_config.HiddenSize, Math.Max(_config.QuerySize, _config.IntermediateSize));
        _x = new(rows * _config.HiddenSize);
        _query = new(MaxChunk * _config.QuerySize);
        _key = new(MaxChunk * _config.KvSize);
        _value = new(MaxChunk * _config.KvSize);
        _attention = new(MaxChunk * _config.QuerySize);
        _gate = new((long)MaxChunk * _config.IntermediateSize);
        _up = new((long)MaxChunk * _config.IntermediateSize);
        _branch = new(MaxChunk * _config.HiddenSize);
        _normed = new((long)rows * widest);
        _quantized = new((long)rows * widest);
        _steps = new(rows);
        _sums = new(rows);
        _cos = new(rows * _config.HeadDim / 2);
        _sin = new(rows * _config.HeadDim / 2);
        _headInput = new(MaxChunk * _config.HiddenSize);
        _headSteps = new(MaxChunk);
        _scores = new AlignedBuffer<float>?[team.Size];
        _reduced = adapter is null ? null : new((long)rows * 3 * Math.Max(1, adapter.MaxRank));
        _fine = _config.Form == BlockForm.Original ? new FineRows(rows, widest) : null;
        _windows = model.Placement is null ? null : [.. Enumerable.Range(0, team.Size).Select(_ => new BlockWindow(widest))];
        _logits = new(_config.VocabSize);
    }

    /// <summary>Bytes of all buffers.</summary>
    public long ByteLength => new[] { _x, _query, _key, _value, _attention, _gate, _up, _branch, _normed, _steps, _cos, _sin, _headSteps, _logits, _reduced }.Concat(_scores).Sum(b => b?.ByteLength ?? 0)
        + _quantized.ByteLength + _sums.ByteLength + _headInput.ByteLength + (_fine?.ByteLength ?? 0) + (_windows?.Sum(w => w.ByteLength) ?? 0);

    /// <summary>What <see cref="ByteLength"/> comes to in Tritter's form without an adapter, when all logits of a chunk have been asked for.</summary>
    /// <param name="positions">Tokens of the text.</param>
    public static long BytesOf(ModelConfig config, int positions, int threads)
    {
        long rows = Math.Max(MaxChunk, threads);
        long widest = Math.Max(config.HiddenSize, Math.Max(config.QuerySize, config.IntermediateSize));
        long floats = rows * (config.HiddenSize + widest + 1 + config.HeadDim)
            + MaxChunk * (2L * config.QuerySize + 2L * config.KvSize + 2L * config.IntermediateSize + config.HiddenSize + 1 + config.VocabSize);
        // Sums of rounded rows are as long as floats; so are the steps that are counted above.
        return sizeof(float) * (floats + rows + threads * ScratchFloats(Attention.ScratchLength(positions))) + rows * widest + sizeof(short) * MaxChunk * (long)config.HiddenSize;
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
        foreach (IDisposable? buffer in buffers.Concat(_scores).Append(_reduced).Append(_fine).Concat(_windows ?? []))
        {
            buffer?.Dispose();
        }
    }

    /// <summary>The rows of the residual stream that a worker keeps up to date: its share of the tokens, or its own copy of a single one.</summary>
    private (int First, int End) Rows(int worker) => _count == 1 ? (worker, worker + 1) : _team.Share(worker, _count);

    /// <summary>The token that a row belongs to.</summary>
    private int Token(int row) => _count == 1 ? 0 : row;

    private void Work(int worker)
    {
        int half = _config.HeadDim / 2;
        (int first, int end) = Rows(worker);
        for (int row = first; row < end; row++)
        {
            _model.Embedding.Read(_tokens[Token(row)], _x.Pointer + row * _config.HiddenSize);
            _rope.Angles(_position + Token(row), _cos.Pointer + row * half, _sin.Pointer + row * half);
        }

        for (int i = 0; i < _model.Layers.Count; i++)
        {
            LayerWeights layer = _model.Layers[i];
            LayerAdapter? adapter = _adapter?.Layers[i];
            if (worker == 0)
            {
                _model.ReadAhead?.Enter(i);
            }

            if (!AttentionBranch(worker, layer, adapter, _cache.Layer(i)))
            {
                return;
            }

            MlpBranch(worker, layer, adapter);
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

    /// <summary>h = x + o_proj(N(Attn(N(x)))), N the configuration's norm; the outer N is not in every form. Entered and left with each row owned by its worker.</summary>
    /// <returns>False when the call was cancelled; all workers agree on it.</returns>
    private bool AttentionBranch(int worker, LayerWeights layer, LayerAdapter? adapter, KvLayer kv)
    {
        (int first, int end) = Rows(worker);
        int hidden = _config.HiddenSize;
        for (int row = first; row < end; row++)
        {
            Normalize(_x.Pointer + row * hidden, layer.InputNorm.Pointer, Normed(row, hidden), hidden);
        }

        QuantizedRows input = Quantized(worker, hidden, adapter?.Query, adapter?.Key, adapter?.Value);
        Multiply(worker, layer.Query, input, _query.Pointer, adapter?.Query, 0);
        Multiply(worker, layer.Key, input, _key.Pointer, adapter?.Key, 1);
        Multiply(worker, layer.Value, input, _value.Pointer, adapter?.Value, 2);
        _team.Barrier();
        Attend(worker, layer, kv);
        _team.Barrier();
        if (_cancelled)
        {
            return false;
        }

        int width = _config.QuerySize;
        for (int row = first; row < end; row++)
        {
            NormalizeOrCopy(_attention.Pointer + Token(row) * width, layer.AttentionSubNorm, Normed(row, width), width);
        }

        Multiply(worker, layer.Output, Quantized(worker, width, adapter?.Output), _branch.Pointer, adapter?.Output, 0);
        _team.Barrier();
        for (int row = first; row < end; row++)
        {
            Residual.Add(_x.Pointer + row * hidden, _branch.Pointer + Token(row) * hidden, hidden);
        }

        return true;
    }

    /// <summary>x' = h + N(down(N(relu(gate(m))² * up(m)))) with m = N(h); without the outer N in BitNet; N(h + down(relu(gate(h))² * up(h))) in the original form. Entered and left with each row owned by its worker.</summary>
    private void MlpBranch(int worker, LayerWeights layer, LayerAdapter? adapter)
    {
        (int first, int end) = Rows(worker);
        int hidden = _config.HiddenSize;
        for (int row = first; row < end; row++)
        {
            NormalizeOrCopy(_x.Pointer + row * hidden, layer.PreMlpNorm, Normed(row, hidden), hidden);
        }

        QuantizedRows input = Quantized(worker, hidden, adapter?.Gate, adapter?.Up);
        Multiply(worker, layer.Gate, input, _gate.Pointer, adapter?.Gate, 0);
        Multiply(worker, layer.Up, input, _up.Pointer, adapter?.Up, 1);
        _team.Barrier();
        int width = _config.IntermediateSize;
        for (int row = first; row < end; row++)
        {
            float* gated = Normed(row, width);
            GatedRelu.Apply(_gate.Pointer + (long)Token(row) * width, _up.Pointer + (long)Token(row) * width, gated, width);
            NormalizeOrCopy(gated, layer.FfnSubNorm, gated, width);
        }

        Multiply(worker, layer.Down, Quantized(worker, width, adapter?.Down), _branch.Pointer, adapter?.Down, 0);
        _team.Barrier();
        for (int row = first; row < end; row++)
        {
            float* branch = _branch.Pointer + Token(row) * hidden;
            if (_config.Form == BlockForm.Original)
            {
                float* stream = _x.Pointer + row * hidden;
                Residual.Add(stream, branch, hidden);
                Normalize(stream, layer.PostMlpNorm!.Pointer, stream, hidden);
                continue;
            }

            if (layer.PostMlpNorm is { } norm)
            {
                float* normed = Normed(row, hidden);
                Normalize(branch, norm.Pointer, normed, hidden);
                branch = normed;
            }

            Residual.Add(_x.Pointer + row * hidden, branch, hidden);
        }
    }

    private void Normalize(float* x, float* weight, float* y, int n)
    {
        if (_config.Form == BlockForm.BitNet)
        {
            RmsNorm.Normalize(x, weight, y, n, _config.NormEpsilon);
        }
        else
        {
            LayerNorm.Normalize(x, weight, y, n, _config.NormEpsilon);
            if (_config.Form == BlockForm.Original)
            {
                Residual.Add(y, weight + n, n);
            }
        }
    }

    /// <param name="norm">Null for none.</param>
    private void NormalizeOrCopy(float* x, AlignedBuffer<float>? norm, float* y, int n)
    {
        if (norm is not null)
        {
            Normalize(x, norm.Pointer, y, n);
        }
        else if (x != y)
        {
            new ReadOnlySpan<float>(x, n).CopyTo(new Span<float>(y, n));
        }
    }

    private float* Normed(int row, int width) => _normed.Pointer + (long)row * width;

    /// <summary>int8 rounding of the worker's rows of <see cref="Normed"/>; afterwards all tokens' rows are there for the worker to multiply.</summary>
    private QuantizedRows Quantized(int worker, int width, params ReadOnlySpan<LowRankWeights?> adapters)
    {
        var all = new QuantizedRows(_quantized.Pointer, _steps.Pointer, _sums.Pointer, _count, width);
        (int first, int end) = Rows(worker);
        for (int row = first; row < end; row++)
        {
            all.Steps[row] = Quantize.ToInt8(Normed(row, width), all.Row(row), width, out all.Sums[row]);
            _fine?.Take(Normed(row, width), all, row);
            for (int i = 0; i < adapters.Length; i++)
            {
                adapters[i]?.Reduce(all.Row(row), all.Steps[row], Reduced(row, i));
            }
        }

        if (_count == 1)
        {
            return new QuantizedRows(all.Row(worker), all.Steps + worker, all.Sums + worker, 1, width);
        }

        _team.Barrier();
        return all;
    }

    /// <param name="part">The place of the adapter among those that <see cref="Quantized"/> was given.</param>
    private void Multiply(int worker, TernaryMatrix weights, in QuantizedRows input, float* y, LowRankWeights? adapter, int part)
    {
        (int first, int end) = _team.Share(worker, weights.Blocks);
        if (weights.IsInPlace)
        {
            _windows![worker].Multiply(weights, input, y, first, end);
        }
        else
        {
            TernaryMatMul.Multiply(weights, input, y, first, end);
        }

        _fine?.Add(worker, weights, _count, _count == 1 ? worker : 0, y, first, end);
        if (adapter is null && weights.RowScales is null)
        {
            return;
        }

        (first, end) = (Math.Min(first * TernaryMatrix.BlockRows, weights.Rows), Math.Min(end * TernaryMatrix.BlockRows, weights.Rows));
        if (weights.RowScales is { } scales)
        {
            for (int t = 0; t < _count; t++)
            {
                float* row = y + (long)t * weights.Rows;
                for (int r = first; r < end; r++)
                {
                    row[r] = row[r] * scales.Pointer[r] + weights.RowBiases!.Pointer[r];
                }
            }
        }

        if (adapter is null)
        {
            return;
        }

        for (int t = 0; t < _count; t++)
        {
            adapter.Add(Reduced(_count == 1 ? worker : t, part), y + (long)t * weights.Rows, first, end);
        }
    }

    private float* Reduced(int row, int part) => _reduced!.Pointer + ((long)row * 3 + part) * _adapter!.MaxRank;

    /// <summary>QK-norm, RoPE and the cache, then each query's attention.</summary>
    private void Attend(int worker, LayerWeights layer, KvLayer kv)
    {
        float* scratch = Scratch(worker, (int)Math.Min(_position + _count, (long)layer.Attention.Window + _count));
        int group = _config.Heads / _config.KvHeads;
        int tilesPerHead = (_count * group + Attention.Tile - 1) / Attention.Tile;
        if (_count == 1)
        {
            // Whoever attends to a head prepares it, so that nobody has to wait in between.
            for (int kvHead = worker; kvHead < _config.KvHeads; kvHead += _team.Active)
            {
                PrepareHead(layer, kv, kvHead, worker);
                for (int tile = 0; tile < tilesPerHead; tile++)
                {
                    AttendTile(layer, kv, kvHead, tile, scratch);
                }
            }

            return;
        }

        (int first, int end) = Rows(worker);
        for (int row = first; row < end; row++)
        {
            for (int kvHead = 0; kvHead < _config.KvHeads; kvHead++)
            {
                PrepareHead(layer, kv, kvHead, row);
            }
        }

        _team.Barrier();
        // Tiles are dealt out in turn because later tokens see more.
        for (int item = worker; item < tilesPerHead * _config.KvHeads; item += _team.Active)
        {
            AttendTile(layer, kv, item / tilesPerHead, item % tilesPerHead, scratch);
        }
    }

    /// <summary>QK-norm and RoPE of a token's key head and of the queries that read it; the key and value go to the cache.</summary>
    private void PrepareHead(LayerWeights layer, KvLayer kv, int kvHead, int row)
    {
        int headDim = _config.HeadDim;
        int group = _config.Heads / _config.KvHeads;
        int t = Token(row);
        float* key = _key.Pointer + (long)t * _config.KvSize + kvHead * headDim;
        NormAndRotate(key, layer.KeyNorm, layer.Attention.Rope, row);
        kv.Write(_position + t, kvHead, key, _value.Pointer + (long)t * _config.KvSize + kvHead * headDim);
        float* queries = _query.Pointer + (long)t * _config.QuerySize + kvHead * group * headDim;
        for (int h = 0; h < group; h++)
        {
            NormAndRotate(queries + h * headDim, layer.QueryNorm, layer.Attention.Rope, row);
        }
    }

    private void NormAndRotate(float* head, AlignedBuffer<float>? norm, bool rope, int row)
    {
        int headDim = _config.HeadDim;
        if (norm is not null)
        {
            Normalize(head, norm.Pointer, head, headDim);
        }

        if (rope)
        {
            Rope.Rotate(head, _cos.Pointer + row * headDim / 2, _sin.Pointer + row * headDim / 2, headDim);
        }
    }

    /// <summary>Attention of a tile of queries that share a key head.</summary>
    private void AttendTile(LayerWeights layer, KvLayer kv, int kvHead, int tile, float* scratch)
    {
        // A tile of a long context takes milliseconds. What is skipped is never used: all workers leave after the next barrier.
        if (_cancellation.IsCancellationRequested)
        {
            _cancelled = true;
            return;
        }

        int group = _config.Heads / _config.KvHeads;
        int first = tile * Attention.Tile;
        int count = Math.Min(Attention.Tile, _count * group - first);
        Query* queries = stackalloc Query[Attention.Tile];
        for (int i = 0; i < count; i++)
        {
            int t = (first + i) / group;
            long offset = (long)t * _config.QuerySize + (kvHead * group + (first + i) % group) * _config.HeadDim;
            queries[i] = new Query { Vector = _query.Pointer + offset, Result = _attention.Pointer + offset, Position = _position + t };
        }

        Attention.Attend(kv, kvHead, queries, count, _config.HeadDim, layer.Attention.Window, _config.AttentionScale, scratch);
    }

    private float* Scratch(int worker, int positions)
    {
        long needed = Attention.ScratchLength(positions);
        if (_scores[worker] is not { } buffer || buffer.Length < needed)
        {
            _scores[worker]?.Dispose();
            _scores[worker] = buffer = new AlignedBuffer<float>(ScratchFloats(needed));
        }

        return buffer.Pointer;
    }

    /// <summary>More than is needed now, since a text grows.</summary>
    private static long ScratchFloats(long needed) => Math.Max(needed, 16 * 1024) * 5 / 4;

    private void Head(int worker)
    {
        int firstToken = _logitsOf == LogitsOf.All ? 0 : _count - 1;
        int hidden = _config.HiddenSize;
        (int first, int end) = _team.Share(worker, _count);
        for (int t = Math.Max(first, firstToken); t < end; t++)
        {
            int row = _count == 1 ? worker : t;
            float* normed = Normed(row, hidden);
            Normalize(_x.Pointer + row * hidden, _model.FinalNorm.Pointer, normed, hidden);
            _headSteps.Pointer[t] = Quantize.ToInt16(normed, _headInput.Pointer + t * hidden, hidden);
        }

        _team.Barrier();
        (first, end) = _team.Share(worker, _config.VocabSize);
        var input = new RoundedRows(_headInput.Pointer + firstToken * hidden, _headSteps.Pointer + firstToken, _count - firstToken, hidden);
        EmbeddingHead.Multiply(_model.Head.Rows, _model.Head.Scales, _config.VocabSize, input, _logits.Pointer, first, end);
        for (int t = 0; t < input.Tokens && _model.RowSquares is { } squares; t++)
        {
            float* scores = _logits.Pointer + (long)t * _config.VocabSize;
            if (_model.Rounding == Rounding.NearestByCosine)
            {
                NearestRow.Cosine(scores, squares.Pointer, first, end);
            }
            else
            {
                NearestRow.Distance(scores, squares.Pointer, first, end);
            }
        }
    }
}
