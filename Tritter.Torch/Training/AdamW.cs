using Tritter.Torch.Model;
using static TorchSharp.torch;

namespace Tritter.Torch.Training;

/// <summary>Adam for the embedding and the norms, without weight decay.</summary>
public sealed class AdamW(Latents latents, Latents gradients, Latents first, Latents second)
{
    private const double Beta1 = 0.9;
    private const double Beta2 = 0.95;
    private const double Epsilon = 1e-8;

    /// <param name="step">From 1 up.</param>
    public void Step(double rate, long step)
    {
        double correction = Math.Sqrt(1 - Math.Pow(Beta2, step)) / (1 - Math.Pow(Beta1, step));
        foreach (((Tensor weight, Tensor gradient), (Tensor m, Tensor v)) in Vectors(latents).Zip(Vectors(gradients)).Zip(Vectors(first).Zip(Vectors(second))))
        {
            using var scope = NewDisposeScope();
            m.lerp_(gradient, 1 - Beta1);
            v.mul_(Beta2).addcmul_(gradient, gradient, 1 - Beta2);
            weight.addcdiv_(m, v.sqrt().add_(Epsilon), -rate * correction);
        }
    }

    private static IEnumerable<Tensor> Vectors(Latents latents) => [latents.Embedding, latents.FinalNorm, .. latents.LayerNorms.Select(n => n.Tensor)];
}
