using Tritter.Inference.Model;

namespace Tritter.Inference.Benchmark;

/// <summary>Shapes that engines are compared at: full attention with RoPE in every layer, tied embeddings.</summary>
public static class BenchmarkShapes
{
    /// <summary>103.8M ternary weights and an embedding of 25.2M.</summary>
    public static ModelConfig Small { get; } = Make(hidden: 768, layers: 12, heads: 12, kvHeads: 4, feedForward: 3072, vocabulary: 32768);

    /// <summary>The shape of BitNet b1.58 2B4T: 2.08G ternary weights and an embedding of 328M.</summary>
    public static ModelConfig Large { get; } = Make(hidden: 2560, layers: 30, heads: 20, kvHeads: 5, feedForward: 6912, vocabulary: 128256);

    /// <summary>The largest of the family's shapes: 5.7G ternary weights and an embedding of 268M.</summary>
    public static ModelConfig SevenBillion { get; } = Make(hidden: 4096, layers: 32, heads: 32, kvHeads: 8, feedForward: 11008, vocabulary: 65536);

    /// <summary>Larger than the family's, for layers that come from host memory: 68.5G ternary weights and an embedding of 537M.</summary>
    public static ModelConfig SeventyBillion { get; } = Make(hidden: 8192, layers: 80, heads: 64, kvHeads: 8, feedForward: 28672, vocabulary: 65536);

    private static ModelConfig Make(int hidden, int layers, int heads, int kvHeads, int feedForward, int vocabulary) => new(
        vocabulary, hidden, heads, kvHeads, hidden / heads, feedForward, 1e-5f, 500000f, 1f / MathF.Sqrt((float)hidden / heads), 131072,
        Enumerable.Repeat(new LayerAttention(int.MaxValue, Rope: true), layers).ToArray(), new PromptTokens(-1, -1, -1, -1, -1, -1, -1));
}
