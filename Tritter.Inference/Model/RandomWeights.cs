using Tritter.Inference.Kernels;

namespace Tritter.Inference.Model;

/// <summary>Weights for models that are only timed: a third each of -1, 0 and +1, norms of one.</summary>
internal static class RandomWeights
{
    /// <summary>Of every ternary matrix.</summary>
    public const float Scale = 0.02f;

    /// <summary>Of every row of the embedding.</summary>
    public const float EmbeddingScale = 1f / 127;

    public static LayerWeights Layer(ModelConfig config, LayerAttention attention, WeightMemory memory, Random random) => new()
    {
        Attention = attention,
        InputNorm = Constant(config.HiddenSize, 1),
        Query = Ternary(config.QuerySize, config.HiddenSize, memory, random),
        Key = Ternary(config.KvSize, config.HiddenSize, memory, random),
        Value = Ternary(config.KvSize, config.HiddenSize, memory, random),
        QueryNorm = Constant(config.HeadDim, 1),
        KeyNorm = Constant(config.HeadDim, 1),
        AttentionSubNorm = Constant(config.QuerySize, 1),
        Output = Ternary(config.HiddenSize, config.QuerySize, memory, random),
        PreMlpNorm = Constant(config.HiddenSize, 1),
        Gate = Ternary(config.IntermediateSize, config.HiddenSize, memory, random),
        Up = Ternary(config.IntermediateSize, config.HiddenSize, memory, random),
        FfnSubNorm = Constant(config.IntermediateSize, 1),
        Down = Ternary(config.HiddenSize, config.IntermediateSize, memory, random),
        PostMlpNorm = Constant(config.HiddenSize, 1),
    };

    public static AlignedBuffer<sbyte> Embedding(ModelConfig config, Random random)
    {
        var buffer = new AlignedBuffer<sbyte>((long)config.VocabSize * config.HiddenSize);
        random.NextBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(buffer.Span));
        return buffer;
    }

    public static AlignedBuffer<float> Constant(int length, float value)
    {
        var buffer = new AlignedBuffer<float>(length);
        buffer.Span.Fill(value);
        return buffer;
    }

    /// <summary>[rows, columns / 4] codes of a matrix.</summary>
    public static byte[] Packed(int rows, int columns, Random random)
    {
        var packed = new byte[rows * (columns / 4)];
        random.NextBytes(packed);
        for (int i = 0; i < packed.Length; i++)
        {
            // A code of 3 becomes 1: clear the high bit of each pair that has both.
            packed[i] &= (byte)~((packed[i] & (packed[i] << 1)) & 0xAA);
        }

        return packed;
    }

    private static TernaryMatrix Ternary(int rows, int columns, WeightMemory memory, Random random) =>
        TernaryMatrix.FromRowWise(Packed(rows, columns, random), rows, columns, Scale, memory)!;
}
