using Tritter.Inference.Kernels;

namespace Tritter.Inference.Model;

/// <summary>A file's tensors as the parts of a model. Thread-safe. Every method throws <see cref="ModelFormatException"/> when a tensor is missing or does not fit.</summary>
internal interface IWeights
{
    /// <summary>The weights of a block; its matrices take their place in <paramref name="memory"/>.</summary>
    LayerWeights Layer(ModelConfig config, int layer, WeightMemory memory);

    AlignedBuffer<float> FinalNorm(ModelConfig config);

    EmbeddingRows Embedding(ModelConfig config);

    /// <param name="embedding">Of the same model; its rows are the head where the configuration ties them.</param>
    OutputHead Head(ModelConfig config, EmbeddingRows embedding);

    /// <summary>A tensor that nothing read means that the weights are another model's: more layers, say, or biases.</summary>
    void ExpectAllRead(ModelConfig config);
}
