using Tritter.Inference.Model;

namespace Tritter.Torch.Model;

/// <summary>How many numbers a model has, by kind.</summary>
public static class ModelSizes
{
    /// <summary>Weights of the ternary matrices.</summary>
    public static long Matrices(ModelConfig config) => config.Layers.Count *
        ((long)config.HiddenSize * (2L * config.QuerySize + 2L * config.KvSize) + 3L * config.HiddenSize * config.IntermediateSize);

    public static long Embedding(ModelConfig config) => (long)config.VocabSize * config.HiddenSize;

    public static long Norms(ModelConfig config) => config.Layers.Count * (3L * config.HiddenSize + 2L * config.HeadDim + config.QuerySize + config.IntermediateSize) + config.HiddenSize;

    public static long Parameters(ModelConfig config) => Matrices(config) + Embedding(config) + Norms(config);
}
