using Tritter.Inference.Model;
using Tritter.Torch.Model;

namespace Tritter.Torch.Training;

/// <summary>One thing that takes memory.</summary>
/// <param name="IsEstimate">Whether the number is rough; others are what is allocated, to the byte.</param>
public sealed record MemoryItem(string Name, long Bytes, bool IsEstimate = false);

/// <summary>What training, fine-tuning or running a model takes, from its shape alone.</summary>
public static class MemoryPlan
{
    private const int Statistics = 2 * sizeof(float);

    /// <summary>Quantisation-aware training of all weights.</summary>
    /// <param name="tokens">Computed at a time: sequences times their length.</param>
    /// <param name="length">Tokens of a sequence.</param>
    /// <param name="compute">Bytes of an activation: 2 on CUDA, 4 on a processor.</param>
    public static IReadOnlyList<MemoryItem> Training(ModelConfig config, long tokens, long length, int compute)
    {
        var info = new ModelInfo("", config, 0);
        return
        [
            new("latents", 4 * info.Parameters),
            new("gradients", 4 * info.Parameters),
            // Muon's and Adam's first means share one set; Adam's second means have another, of which the matrices' part stays zero.
            new("optimiser", 8 * info.Parameters),
            new("quantised weights", compute * (info.TernaryParameters + info.EmbeddingParameters)),
            new("activations", Activations(config, tokens, compute)),
            new("working memory", Working(config, tokens, length, compute), IsEstimate: true),
        ];
    }

    /// <summary>Training an adapter beside packed weights, as <c>finetune</c> does: every matrix is targeted.</summary>
    public static IReadOnlyList<MemoryItem> QLora(ModelConfig config, int rank, long tokens, long length, int compute)
    {
        var info = new ModelInfo("", config, 0);
        long adapter = AdapterParameters(config, rank);
        return
        [
            new("packed weights", info.TernaryParameters / 4),
            new("embedding", compute * info.EmbeddingParameters),
            new("norms and their gradients", 8 * info.NormParameters),
            // Two bytes more while the bits are taken apart.
            new("one unpacked layer", (compute + 2) * Math.Max(2L * config.IntermediateSize, config.QuerySize + 2L * config.KvSize) * config.HiddenSize),
            new("adapter", 4 * adapter),
            new("adapter's gradients", 4 * adapter),
            new("optimiser", 8 * adapter),
            new("activations", Activations(config, tokens, compute)),
            new("working memory", Working(config, tokens, length, compute), IsEstimate: true),
        ];
    }

    /// <summary>What the engine takes.</summary>
    public static IReadOnlyList<MemoryItem> Inference(ModelConfig config, int context)
    {
        var info = new ModelInfo("", config, 0);
        return
        [
            new("packed weights", info.TernaryParameters / 4),
            new("embedding", info.EmbeddingParameters + 4L * config.VocabSize),
            new("norms", 4 * info.NormParameters),
            new("KV cache", info.KvBytes(context)),
        ];
    }

    /// <summary>What is kept of a forward pass for the backward one: see <see cref="Transformer"/>.</summary>
    public static long Activations(ModelConfig config, long tokens, int compute)
    {
        long h = config.HiddenSize;
        long q = config.QuerySize;
        long kv = config.KvSize;
        long f = config.IntermediateSize;
        long residual = 2 * sizeof(float) * h;
        long normed = compute * (2 * h + q + f);
        long attention = compute * (q + 2 * kv + q + kv + q);
        long feedForward = compute * (2 * f + h);
        return config.Layers.Count * tokens * (residual + normed + attention + feedForward + 5 * Statistics);
    }

    public static long AdapterParameters(ModelConfig config, int rank) =>
        config.Layers.Count * LowRankAdapter.AllTargets.Sum(t => rank * (LowRankAdapter.Shape(config, t).Rows + LowRankAdapter.Shape(config, t).Columns));

    /// <summary>The largest of what lives for a moment: the gated layer's gradient, attention of a document on a processor, or the logits.</summary>
    private static long Working(ModelConfig config, long tokens, long length, int compute)
    {
        long gated = tokens * config.IntermediateSize * (compute == 2 ? 6 : 32);
        long attention = compute == 2 ? 0 : 5L * sizeof(float) * config.Heads * length * length;
        long logits = Math.Min(tokens, compute == 2 ? 16384 : 256) * config.VocabSize * (compute == 2 ? 2 : 20);
        return 2 * sizeof(float) * tokens * config.HiddenSize + Math.Max(gated, Math.Max(attention, logits));
    }
}
