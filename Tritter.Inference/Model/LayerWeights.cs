using Tritter.Inference.Kernels;

namespace Tritter.Inference.Model;

/// <summary>The weights of one transformer block.</summary>
internal sealed class LayerWeights : IDisposable
{
    public required LayerAttention Attention { get; init; }

    /// <summary>[hidden]; as every norm of <see cref="BlockForm.Original"/> twice as long, with the biases behind the weights.</summary>
    public required AlignedBuffer<float> InputNorm { get; init; }

    /// <summary>Query, key and value rows one below the other would need one scale; they have three, so they stay apart.</summary>
    public required TernaryMatrix Query { get; init; }

    public required TernaryMatrix Key { get; init; }

    public required TernaryMatrix Value { get; init; }

    /// <summary>[headDim]; null in a model without QK-norm.</summary>
    public AlignedBuffer<float>? QueryNorm { get; init; }

    /// <summary>[headDim]; null in a model without QK-norm.</summary>
    public AlignedBuffer<float>? KeyNorm { get; init; }

    /// <summary>Null in a model without.</summary>
    public AlignedBuffer<float>? AttentionSubNorm { get; init; }

    public required TernaryMatrix Output { get; init; }

    /// <summary>Null where the feed-forward network reads the stream as it is.</summary>
    public AlignedBuffer<float>? PreMlpNorm { get; init; }

    public required TernaryMatrix Gate { get; init; }

    public required TernaryMatrix Up { get; init; }

    /// <summary>Null in a model without.</summary>
    public AlignedBuffer<float>? FfnSubNorm { get; init; }

    public required TernaryMatrix Down { get; init; }

    /// <summary>[hidden], of the feed-forward's result, or in <see cref="BlockForm.Original"/> of the stream that it was added to; null in a model without.</summary>
    public AlignedBuffer<float>? PostMlpNorm { get; init; }

    public IEnumerable<TernaryMatrix> Matrices => [Query, Key, Value, Output, Gate, Up, Down];

    /// <summary>Whether the matrices are where the file has them, and not in memory of their own.</summary>
    public bool IsInPlace => Query.IsInPlace;

    public void Dispose()
    {
        foreach (TernaryMatrix matrix in Matrices)
        {
            matrix.Dispose();
        }

        foreach (AlignedBuffer<float>? norm in new[] { InputNorm, QueryNorm, KeyNorm, AttentionSubNorm, PreMlpNorm, FfnSubNorm, PostMlpNorm })
        {
            norm?.Dispose();
        }
    }
}
