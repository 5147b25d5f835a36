using System.Runtime.InteropServices;
using Tritter.Inference.Kernels;
using Tritter.Inference.Model;

namespace Tritter.Inference.Cuda;

/// <summary>Kernels/plan.h's LayerPlan: the same bytes.</summary>
/// <param name="number">Of the layer among those that have int4 pages.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct CudaLayerPlan(CudaLayer layer, int number)
{
    private readonly nint _queryKeyValue = layer.QueryKeyValue.Pointer, _output = layer.Output.Pointer, _gateUp = layer.GateUp.Pointer, _down = layer.Down.Pointer;
    private readonly nint _inputNorm = layer.InputNorm, _queryNorm = layer.QueryNorm, _keyNorm = layer.KeyNorm, _attentionNorm = layer.AttentionNorm;
    private readonly nint _mlpNorm = layer.MlpNorm, _gatedNorm = layer.GatedNorm, _postNorm = layer.PostNorm;
    private readonly LayerScales _scales = layer.Scales;
    private readonly int _window = layer.Attention.Window, _rotates = layer.Attention.Rope ? 1 : 0, _number = number;
}

/// <summary>Kernels/plan.h's Plan: the same bytes. What one launch a token is computed with, and where.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct CudaPlan(CudaModel model, CudaBuffer layers)
{
    /// <summary>Threads of a block, of which a multiprocessor has one: those that compute, and those that feed them.</summary>
    public const int Threads = Workers + Feeders;

    private const int Workers = 256, Feeders = 128;

    /// <summary>Slots for what the feed brings, by the shared memory there is, and the bytes of one.</summary>
    private const int FewestSlots = 3, MostSlots = 11, SlotBytes = 17 << 10;

    /// <summary>What warps have of the rows that are multiplied: Kernels/product.h's PartialSums.</summary>
    private const int SumBytes = 12 * 8 * 16 * sizeof(int);

    /// <summary>Of what its shared memory begins with: the plan, and what a block finds out about itself.</summary>
    private const int BeginningBytes = 3 << 10;

    private readonly nint _layers = layers.Pointer, _rows = model.Rows.Pointer, _rowScales = model.RowScales.Pointer, _finalNorm = model.FinalNorm.Pointer, _frequencies = model.Frequencies.Pointer;
    private readonly nint _heads = model.Heads.Pointer, _attended = model.Attended.Pointer, _stream = model.TokenStream.Pointer, _gated = model.Gated.Pointer, _branch = model.Branch.Pointer;
    private readonly nint _parts = model.Parts.Pointer, _finished = model.Finished.Pointer, _meeting = model.Meeting.Pointer, _best = model.Best.Pointer, _logits = model.Logits.Pointer;
    private readonly int _layerCount = model.Config.Layers.Count, _hidden = model.Config.HiddenSize, _headCount = model.Config.Heads, _kvHeads = model.Config.KvHeads;
    private readonly int _intermediate = model.Config.IntermediateSize, _vocabulary = model.Config.VocabSize, _padded = model.Padded;
    private readonly int _splits = model.Splits, _magnitude = Quantize.MaxMagnitude(model.Config.HiddenSize);
    private readonly float _epsilon = model.Config.NormEpsilon, _attentionScale = model.Config.AttentionScale;
    private readonly int _headSize = model.Config.HeadDim;

    /// <summary>Shared memory of a block, and how many slots fit into it.</summary>
    /// <param name="packs">Of the kernel for int4 keys and values.</param>
    /// <exception cref="CudaException">The device has too little.</exception>
    public static (int Bytes, int Slots) Shared(CudaDevice device, ModelConfig config, bool packs)
    {
        int widest = Math.Max(config.HiddenSize, Math.Max(config.QuerySize, config.IntermediateSize));
        int activations = SumBytes + Math.Max(4 * Groups(widest) + 256, 8 * Groups(config.HiddenSize));
        // Queries, the token's own key and value, weights and sums: Kernels/attend.h's AttentionScratch, rounded up.
        int attention = (4 << 10) + 140 * config.HeadDim;
        // Kernels/attend4.h's PagedScratch has the queries besides.
        attention += packs ? CudaModel.QueriesOfBlock * config.HeadDim * sizeof(float) : 0;
        // Kernels/plan.h's Beginning, what it knows of the layers, the block's part of the residual stream, and one or the other.
        int rest = BeginningBytes + config.Layers.Count * Marshal.SizeOf<CudaLayerPlan>() + (config.HiddenSize / device.Processors + 8) * sizeof(float) + Math.Max(activations, attention);
        int room = device.SharedBytes - rest;
        int slots = Math.Min(MostSlots, room / SlotBytes);
        return slots >= FewestSlots ? (slots * SlotBytes + rest, slots)
            : throw new CudaException($"a multiprocessor's {device.SharedBytes >> 10} KiB of shared memory do not hold a token of this model{(packs ? " with int4 keys and values" : "")}");
    }

    /// <summary>Groups of four elements that there is room for when a row is rounded: Kernels/share.h and longrow.h.</summary>
    private static int Groups(int width) => width <= 16 * Workers ? 4 * Workers : Math.Max(12 * Workers, (width + 4095) / 4096 * 1024);
}
