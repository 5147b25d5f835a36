using static TorchSharp.torch;

namespace Tritter.Torch.Model;

/// <summary>
/// The second half of the hybrid loss (1 - a) CE + a MSE: the mean square between what the model's last norm gives at a token and the
/// embedding of the token that follows. Gradients reach the embedding, too, as in Tritter's first design.
/// </summary>
public static class EmbeddingPrediction
{
    /// <summary>Weighted losses [T]; with gradients, adds those of scale * (their sum).</summary>
    /// <param name="y">[T, H], the last norm's results.</param>
    /// <param name="embedding">[vocab, H], as the pass uses it.</param>
    /// <param name="targets">int32 [T].</param>
    /// <param name="weights">[T].</param>
    /// <param name="dy">[T, H], gradient of y; null without gradients.</param>
    /// <param name="embeddingGradient">[vocab, H] float32; null leaves the embedding alone.</param>
    public static Tensor Losses(Tensor y, Tensor embedding, Tensor targets, Tensor weights, Tensor? dy, Tensor? embeddingGradient, double scale)
    {
        using var scope = NewDisposeScope();
        Tensor index = targets.to(ScalarType.Int64);
        Tensor difference = y.to(ScalarType.Float32).sub(embedding.index_select(0, index).to(ScalarType.Float32));
        Tensor losses = difference.square().mean([-1]).mul(weights);
        if (dy is not null)
        {
            Tensor gradient = difference.mul_(weights.unsqueeze(1)).mul_(2 * scale / y.shape[1]);
            dy.add_(gradient.to(dy.dtype));
            embeddingGradient?.index_add_(0, index, gradient, -1);
        }

        return losses.MoveToOuterDisposeScope();
    }
}
