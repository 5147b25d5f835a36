using Tritter.Torch.Model;
using static TorchSharp.torch;

namespace Tritter.Torch.Training;

/// <summary>
/// Muon for the ternary matrices: the momentum of the gradient, made orthogonal by Newton-Schulz steps, all layers of a shape at once.
/// https://kellerjordan.github.io/posts/muon/
/// </summary>
public sealed class Muon(Latents latents, Latents gradients, Latents momenta)
{
    private const int Iterations = 5;

    /// <param name="rate">Learning rate of a matrix that is not taller than wide.</param>
    public void Step(double rate, double momentum, double weightDecay)
    {
        foreach (((_, Tensor weight), (_, Tensor gradient), (_, Tensor buffer)) in latents.Matrices.Zip(gradients.Matrices, momenta.Matrices))
        {
            using var scope = NewDisposeScope();
            buffer.lerp_(gradient, 1 - momentum);
            Tensor direction = Orthogonal(gradient.lerp(buffer, momentum));
            double factor = rate * Math.Sqrt(Math.Max(1, weight.shape[1] / (double)weight.shape[2]));
            if (weightDecay > 0)
            {
                weight.mul_(1 - rate * weightDecay);
            }

            weight.add_(direction.to(ScalarType.Float32), -factor);
        }
    }

    /// <summary>About the nearest orthogonal matrix to each of a stack [n, out, in]: singular values between 0.7 and 1.2.</summary>
    internal static Tensor Orthogonal(Tensor stack)
    {
        bool tall = stack.shape[1] > stack.shape[2];
        // The steps need no precision, and on a GPU bf16 is many times faster.
        Tensor x = stack.device_type == TorchSharp.DeviceType.CUDA ? stack.to(ScalarType.BFloat16) : stack;
        x = tall ? x.transpose(1, 2) : x;
        x = x / (x.to(ScalarType.Float32).square().sum([1, 2], keepdim: true).sqrt() + 1e-7).to(x.dtype);
        for (int i = 0; i < Iterations; i++)
        {
            Tensor a = x.matmul(x.transpose(1, 2));
            Tensor b = a.mul(-4.7750).add_(a.matmul(a), 2.0315);
            x = b.matmul(x).add_(x, 3.4445);
        }

        return tall ? x.transpose(1, 2) : x;
    }
}
