using System.Runtime.CompilerServices;
using Tritter.Inference.KvCache;
using Tritter.Inference.Model;

namespace Tritter.Inference.Cuda;

/// <summary>Bytes that a model and one text take on a graphics card, from the model's shape alone.</summary>
/// <param name="Weights">Layers as they are laid out there, norms and scales.</param>
/// <param name="Embedding">int8 with a scale for each row: embedding and output matrix.</param>
/// <param name="Buffers">Activations of a chunk of the prompt, what decoding needs, and logits.</param>
/// <param name="KvInt8">Keys and values of the text.</param>
/// <param name="KvInt4">The same with <see cref="KvPrecision.Int4"/>: about half in a long text of full-attention layers, and more in a short one.</param>
public sealed record CudaMemory(long Weights, long Embedding, long Buffers, long KvInt8, long KvInt4)
{
    /// <summary>The least that is allocated.</summary>
    internal const long Smallest = 16;

    /// <summary>All of it with keys and values in int8.</summary>
    public long Total => Weights + Embedding + Buffers + KvInt8;

    /// <summary>All of it with keys and values in int4.</summary>
    public long TotalInt4 => Total - KvInt8 + KvInt4;

    /// <summary>Why a shape cannot be computed on a card, or null.</summary>
    public static string? Unsupported(ModelConfig config) => CudaModel.Unsupported(config);

    /// <param name="positions">Tokens of the text.</param>
    /// <param name="processors">The card's multiprocessors; 0 for as many as matter.</param>
    public static CudaMemory Of(ModelConfig config, int positions, int processors = 0)
    {
        long embedding = EmbeddingBytes(config), matrices = config.Layers.Count * CudaLayer.MatrixBytes(config), norms = NormBytes(config);
        return new CudaMemory(
            matrices + norms,
            embedding,
            FixedBytes(config, processors == 0 ? CudaModel.MostSplits * CudaModel.HeadBlocksOf(config) : processors, plans: 1) - embedding - norms,
            CudaKv.BytesOf(config, CudaKv.Rounded(positions)),
            CudaKv.BytesOf(config, CudaKv.Rounded(positions), KvPrecision.Int4));
    }

    /// <summary>How many layers come from host memory when a model with such a text has <paramref name="bytes"/>; null when it does not run with them either.</summary>
    public static int? StreamedLayers(ModelConfig config, int positions, long bytes, KvPrecision precision = KvPrecision.Int8)
    {
        try
        {
            CudaPlacement placement = CudaPlacement.For(
                config, bytes - CudaKv.BytesOf(config, CudaKv.Rounded(positions), precision), group: null, CudaModel.MostSplits * CudaModel.HeadBlocksOf(config));
            return placement.Layers - placement.Resident;
        }
        catch (CudaException)
        {
            return null;
        }
    }

    /// <summary>All that a model takes but for its layers' matrices and its texts.</summary>
    /// <param name="plans">One, or with streamed layers one for each of the places where a group may be.</param>
    internal static long FixedBytes(ModelConfig config, int processors, int plans)
    {
        const long T = CudaModel.MaxChunk;
        int headBlocks = CudaModel.HeadBlocksOf(config), splits = Math.Min(processors / headBlocks, CudaModel.MostSplits);
        long chunk = Floats(T) + 2 * Floats(T * config.HiddenSize) + Floats(T * (config.QuerySize + 2L * config.KvSize)) + T * config.QuerySize * sizeof(ushort)
            + Floats(T * config.QuerySize) + Floats(T * config.IntermediateSize) + T * CudaModel.WidestOf(config) + 2 * Floats(T);
        long token = Floats(config.HiddenSize) + Floats((long)splits * config.Heads * (config.HeadDim + 2)) + Floats(headBlocks)
            + 2 * sizeof(uint) + Floats(config.VocabSize) + CudaCandidates.Bytes;
        long plan = Math.Max(Smallest, (long)config.Layers.Count * Unsafe.SizeOf<CudaLayerPlan>()) + Math.Max(Smallest, Unsafe.SizeOf<CudaPlan>());
        return EmbeddingBytes(config) + NormBytes(config) + chunk + token + plans * plan;
    }

    private static long EmbeddingBytes(ModelConfig config) => (long)config.VocabSize * CudaModel.PaddedOf(config) + Floats(config.VocabSize);

    private static long NormBytes(ModelConfig config) => config.Layers.Count * CudaLayer.NormBytes(config) + Floats(config.HiddenSize) + Floats(config.HeadDim / 2);

    private static long Floats(long count) => Math.Max(Smallest, count * sizeof(float));
}
