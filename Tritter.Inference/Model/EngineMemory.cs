using Tritter.Inference.KvCache;

namespace Tritter.Inference.Model;

/// <summary>Bytes that the engine allocates to run a model on one text, from the model's shape alone.</summary>
/// <param name="Weights">Ternary matrices, two bits a weight, laid out in blocks.</param>
/// <param name="Embedding">int8 and a scale for each row; read from the mapped file where the file has it so.</param>
/// <param name="Norms">float32.</param>
/// <param name="KvInt8">Keys and values of the text, what sliding windows have passed given back.</param>
/// <param name="KvInt4">The same with <see cref="KvPrecision.Int4"/>; less than that of int8 only for texts of several thousand tokens, since what is near is held in int8 as well.</param>
/// <param name="Working">Activations of a chunk of the prompt, scores of attention and logits.</param>
public sealed record EngineMemory(long Weights, long Embedding, long Norms, long KvInt8, long KvInt4, long Working)
{
    /// <summary>All of it with keys and values in int8.</summary>
    public long Total => Weights + Embedding + Norms + KvInt8 + Working;

    /// <summary>All of it with keys and values in int4.</summary>
    public long TotalInt4 => Total - KvInt8 + KvInt4;

    /// <param name="positions">Tokens of the text.</param>
    /// <param name="threads">Worker threads, each with scratch memory of its own.</param>
    public static EngineMemory Of(ModelConfig config, int positions, int threads)
    {
        var info = new ModelInfo("", config, 0);
        return new EngineMemory(
            TritterModel.TernaryBytes(config),
            info.EmbeddingParameters + (config.TiedHead ? 1L : 2L) * sizeof(float) * config.VocabSize,
            sizeof(float) * info.NormParameters,
            info.KvBytes(positions, KvPrecision.Int8),
            info.KvBytes(positions, KvPrecision.Int4),
            ForwardPass.BytesOf(config, positions, threads));
    }

    /// <summary>The longest text, in steps of 64 tokens and up to what the model allows, that runs within <paramref name="bytes"/>; 0 for none.</summary>
    public static int LongestText(ModelConfig config, long bytes, int threads)
    {
        int fits = 0, tooLong = config.MaxPositions / KvLayout.PagePositions + 1;
        while (tooLong - fits > 1)
        {
            int middle = (fits + tooLong) / 2;
            (fits, tooLong) = Of(config, middle * KvLayout.PagePositions, threads).Total <= bytes ? (middle, tooLong) : (fits, middle);
        }

        return fits * KvLayout.PagePositions;
    }
}
