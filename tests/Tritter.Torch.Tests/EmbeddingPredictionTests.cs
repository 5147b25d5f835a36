using Tritter.Torch.Model;
using Tritter.Torch.Native;
using static TorchSharp.torch;

namespace Tritter.Torch.Tests;

/// <summary>Embedding prediction against numbers .</summary>
public sealed class EmbeddingPredictionTests
{
    public EmbeddingPredictionTests() => TorchLibraries.Load();

    [Fact]
    public void Losses_and_gradients_are_those_of_the_formula()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Tensor embedding = tensor(new float[] { 1, 0, 0, 2, 5, 5 }).view(3, 2);
        Tensor y = tensor(new float[] { 3, 1, 0, 0, 9, 9 }).view(3, 2);
        Tensor targets = tensor(new[] { 0, 1, 2 });
        // The last token counts for nothing.
        Tensor weights = tensor(new float[] { 1, 3, 0 });
        Tensor dy = ones([3, 2]);
        Tensor gradient = zeros([3, 2]);

        Tensor losses = EmbeddingPrediction.Losses(y, embedding, targets, weights, dy, gradient, 0.5);

        // ((3-1)² + 1²) / 2, and 3 ((0-0)² + (0-2)²) / 2.
        Assert.Equal([2.5f, 6, 0], losses.data<float>().ToArray());
        // 2/H * scale * weight * (y - e) = 0.5 * weight * (y - e), added to what was there.
        Assert.Equal([2, 1.5f, 1, -2, 1, 1], dy.data<float>().ToArray());
        Assert.Equal([-1, -0.5f, 0, 3, 0, 0], gradient.data<float>().ToArray());
    }
}
