using System.Globalization;
using Tritter.Inference.Kernels;
using Tritter.Inference.Model;

namespace Tritter.Inference.Cuda;

/// <summary>A model's weights on a device, and the buffers that texts take turns with. One thread at a time.</summary>
internal sealed unsafe class CudaModel : IDisposable
{
    /// <summary>Tokens of a prompt that are computed together.</summary>
    public const int MaxChunk = 1024;

    /// <summary>Parts that a text's positions are split into at most, each attended to by blocks of its own.</summary>
    public const int MostSplits = 64;

    /// <summary>Query heads of one key head that a block of the decoding attention takes.</summary>
    public const int QueriesOfBlock = 4;

    private readonly List<IDisposable> _owned = [];
    private readonly CudaBuffer[] _plans = [];
    private (int Bytes, int Slots)? _sharedPacked;

    /// <param name="memory">What it may take; null for what is free.</param>
    /// <exception cref="CudaException">The model is of a form that the kernels do not have, or there is not enough memory.</exception>
    public CudaModel(CudaDevice device, TritterModel model, GpuMemory? memory = null)
    {
        Device = device;
        Config = model.Config;
        if (Unsupported(model) is { } reason)
        {
            throw new CudaException(reason);
        }

        device.MakeCurrent();
        try
        {
            Padded = PaddedOf(Config);
            long before = device.AllocatedBytes;
            Layers = Own(new CudaLayers(device, model, CudaPlacement.For(device, Config, memory ?? new GpuMemory())));
            FinalNorm = Own(device.Upload<float>(model.FinalNorm.Span));
            Rows = Own(UploadRows(model));
            RowScales = Own(device.Upload<float>(new ReadOnlySpan<float>(model.Head.Scales, Config.VocabSize)));
            Frequencies = Own(device.Upload<float>(new Rope(Config.HeadDim, Config.RopeTheta).InverseFrequencies));
            WeightBytes = device.AllocatedBytes - before;

            int heads = Config.QuerySize + 2 * Config.KvSize;
            Splits = Math.Min(device.Processors / HeadBlocks, MostSplits);
            if (Splits == 0)
            {
                throw new CudaException(string.Create(CultureInfo.InvariantCulture, $"{Config.KvHeads} key heads need {HeadBlocks} multiprocessors, and {device.Name} has {device.Processors}"));
            }

            Tokens = Floats(MaxChunk);
            Stream = Floats((long)MaxChunk * Config.HiddenSize);
            TokenStream = Floats(Config.HiddenSize);
            Heads = Floats((long)MaxChunk * heads);
            Queries = Own(device.Allocate((long)MaxChunk * Config.QuerySize * sizeof(ushort)));
            Attended = Floats((long)MaxChunk * Config.QuerySize);
            Gated = Floats((long)MaxChunk * Config.IntermediateSize);
            Branch = Floats((long)MaxChunk * Config.HiddenSize);
            Rounded = Own(device.Allocate((long)MaxChunk * WidestOf(Config)));
            Steps = Floats(MaxChunk);
            Sums = Floats(MaxChunk);
            Parts = Floats((long)Splits * Config.Heads * (Config.HeadDim + 2));
            Finished = Floats(HeadBlocks);
            Meeting = Own(device.Allocate(2 * sizeof(uint)));
            device.Clear(Finished);
            device.Clear(Meeting);
            Best = Own(new PinnedMemory(device, device.Processors * sizeof(ulong)));
            Logits = Floats(Config.VocabSize);
            Candidates = Own(new CudaCandidates(device));
            _plans = [.. Layers.Turns.Select(turn => Own(device.Upload([new CudaPlan(this, Own(device.Upload<CudaLayerPlan>([.. turn.Select((layer, i) => new CudaLayerPlan(layer, Config.Layers.Take(i).Count(l => !l.IsSliding)))])))])))];
            Shared = CudaPlan.Shared(device, Config, packs: false);
            device.Synchronize();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public CudaDevice Device { get; }

    public ModelConfig Config { get; }

    public CudaLayers Layers { get; } = null!;

    public CudaBuffer FinalNorm { get; } = null!;

    /// <summary>[vocab, <see cref="Padded"/>] int8: embedding and output matrix.</summary>
    public CudaBuffer Rows { get; } = null!;

    public CudaBuffer RowScales { get; } = null!;

    /// <summary>[headDim / 2]: what a position is multiplied with.</summary>
    public CudaBuffer Frequencies { get; } = null!;

    /// <summary>Elements of a row of <see cref="Rows"/>.</summary>
    public int Padded { get; }

    /// <summary>Bytes of weights on the device, places for groups of streamed layers included.</summary>
    public long WeightBytes { get; }

    public int Splits { get; }

    /// <summary>Blocks of the decoding attention for each part of the positions.</summary>
    public int HeadBlocks => HeadBlocksOf(Config);

    public static int HeadBlocksOf(ModelConfig config) => config.KvHeads * ((config.Heads / config.KvHeads + QueriesOfBlock - 1) / QueriesOfBlock);

    /// <summary>Elements of a row of the embedding, filled up with zeros.</summary>
    public static int PaddedOf(ModelConfig config) => CudaMatrix.PiecesOf(config.HiddenSize) * CudaMatrix.PieceColumns;

    /// <summary>Elements of the longest row that is multiplied, filled up with zeros.</summary>
    public static int WidestOf(ModelConfig config) => CudaMatrix.PiecesOf(Math.Max(config.HiddenSize, Math.Max(config.QuerySize, config.IntermediateSize))) * CudaMatrix.PieceColumns;

    public CudaBuffer Tokens { get; } = null!;      // [T] int
    public CudaBuffer Stream { get; } = null!;      // [T, H] residual stream
    public CudaBuffer Heads { get; } = null!;       // [T, queries, keys, values]
    public CudaBuffer Queries { get; } = null!;     // [T, QuerySize] float16
    public CudaBuffer Attended { get; } = null!;    // [T, QuerySize]
    public CudaBuffer Gated { get; } = null!;       // [T, F]
    public CudaBuffer Branch { get; } = null!;      // [T, H] what the feed-forward network adds
    public CudaBuffer Rounded { get; } = null!;     // [T, widest] int8
    public CudaBuffer Steps { get; } = null!;       // [T]
    public CudaBuffer Sums { get; } = null!;        // [T] int

    public CudaBuffer TokenStream { get; } = null!; // [H] residual stream of a token that is decoded
    public CudaBuffer Parts { get; } = null!;       // [splits, heads, headDim + 2] attention of a part of the positions
    public CudaBuffer Finished { get; } = null!;    // [head blocks] how many of those parts are done
    public CudaBuffer Meeting { get; } = null!;     // how often blocks have met, and what to count from
    public PinnedMemory Best { get; } = null!;      // [multiprocessors] the largest logit that each has seen, and its token
    public CudaBuffer Plan => _plans[Layers.Turn];  // CudaPlan of the pass at hand
    public CudaBuffer Logits { get; } = null!;      // [vocab]

    /// <summary>The text whose <see cref="Logits"/> these are; null for none.</summary>
    public CudaText? Computing { get; set; }

    /// <summary>Finds what a draw needs of <see cref="Logits"/>.</summary>
    public CudaCandidates Candidates { get; } = null!;

    /// <summary>Shared memory of a block that decodes, and the slots for weights in it.</summary>
    public (int Bytes, int Slots) Shared { get; }

    /// <summary>The same with int4 keys and values.</summary>
    /// <exception cref="CudaException">The device has too little, which need not be too little for int8.</exception>
    public (int Bytes, int Slots) SharedPacked => _sharedPacked ??= CudaPlan.Shared(Device, Config, packs: true);

    /// <summary>The token with the largest logit, once the device has written it; -1 when all are NaN.</summary>
    public int Answer
    {
        get
        {
            ulong best = 0;
            foreach (ulong candidate in Best.Span<ulong>(Device.Processors))
            {
                best = Math.Max(best, candidate);
            }

            return best > 0 ? (int)~(uint)best : -1;
        }
    }

    /// <summary>Why a model runs on the processor alone; null when the kernels can run it.</summary>
    public static string? Unsupported(TritterModel model) => Unsupported(model.Config)
        ?? (model.Rounding != Rounding.Logits ? "choosing tokens by the nearest embedding is done on the processor alone so far" : model.Placement?.ToString());

    /// <summary>The same of a shape.</summary>
    public static string? Unsupported(ModelConfig config) =>
        config.Form != BlockForm.Tritter ? $"models of the {config.Form} form run on the processor alone so far"
            : config.HeadDim is 64 or 128 || (config.HeadDim == 16 && TinyHeads) ? null
            : string.Create(CultureInfo.InvariantCulture, $"heads of {config.HeadDim} elements run on the processor alone so far (64 and 128 do not)");

    /// <summary>Whether there are kernels for heads of 16 elements, which the tests' tiny model has: in emulation alone.</summary>
    internal static bool TinyHeads { get; set; }

    public void Dispose()
    {
        Device.TryMakeCurrent();
        _owned.ForEach(part => part.Dispose());
    }

    private T Own<T>(T part)
        where T : IDisposable
    {
        _owned.Add(part);
        return part;
    }

    private CudaBuffer Floats(long count) => Own(Device.Allocate(Math.Max(16, count * sizeof(float))));

    private CudaBuffer UploadRows(TritterModel model)
    {
        int hidden = Config.HiddenSize;
        if (hidden == Padded)
        {
            // In pieces: a span ends at 2 GB.
            CudaBuffer whole = Device.Allocate((long)Config.VocabSize * Padded);
            const int Piece = 4096;
            for (int v = 0; v < Config.VocabSize; v += Piece)
            {
                int count = Math.Min(Piece, Config.VocabSize - v);
                Device.Upload(new ReadOnlySpan<sbyte>(model.Head.Rows + (long)v * hidden, count * hidden), whole.Pointer + (nint)v * Padded);
            }

            return whole;
        }

        var rows = new sbyte[(long)Config.VocabSize * Padded];
        for (int v = 0; v < Config.VocabSize; v++)
        {
            new ReadOnlySpan<sbyte>(model.Head.Rows + (long)v * hidden, hidden).CopyTo(rows.AsSpan(v * Padded));
        }

        return Device.Upload<sbyte>(rows);
    }
}
