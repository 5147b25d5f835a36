using static TorchSharp.torch;

namespace Tritter.Torch.Model;

/// <summary>
/// What one step computes with: gamma * (-1, 0, +1) for the matrices, rows rounded to int8 for the embedding, in the type of the
/// activations. Made once a step from the latents; q, k and v lie in one matrix, and so do gate and up.
/// </summary>
public sealed class QuantizedWeights : ITernaryWeights
{
    public QuantizedWeights(Latents latents, ScalarType type)
    {
        using var _ = NewDisposeScope();
        Qkv = cat([Ternary(latents.Query, type), Ternary(latents.Key, type), Ternary(latents.Value, type)], 1).DetachFromDisposeScope();
        Output = Ternary(latents.Output, type).DetachFromDisposeScope();
        GateUp = cat([Ternary(latents.Gate, type), Ternary(latents.Up, type)], 1).DetachFromDisposeScope();
        Down = Ternary(latents.Down, type).DetachFromDisposeScope();
        (Tensor codes, Tensor scale) = EmbeddingCodes(latents.Embedding);
        Embedding = (codes * scale.unsqueeze(1)).to(type).DetachFromDisposeScope();
    }

    public Tensor Qkv { get; }
    public Tensor Output { get; }
    public Tensor GateUp { get; }
    public Tensor Down { get; }
    public Tensor Embedding { get; }

    public Tensor QkvOf(int layer) => Qkv[layer];

    public Tensor OutputOf(int layer) => Output[layer];

    public Tensor GateUpOf(int layer) => GateUp[layer];

    public Tensor DownOf(int layer) => Down[layer];

    /// <summary>Mean absolute weight of each matrix of a stack [n, out, in], as [n].</summary>
    public static Tensor Gamma(Tensor stack) => stack.abs().mean([1, 2]).clamp_min(1e-8);

    /// <summary>-1, 0 and +1 of a stack [n, out, in], in float32.</summary>
    public static Tensor Codes(Tensor stack, Tensor gamma) => (stack / gamma.view(-1, 1, 1)).round_().clamp_(-1, 1);

    /// <summary>int8 codes [vocab, hidden] in float32, and a scale for each row.</summary>
    public static (Tensor Codes, Tensor Scale) EmbeddingCodes(Tensor embedding)
    {
        Tensor scale = embedding.abs().amax([1]).clamp_min(1e-8) / 127;
        return ((embedding / scale.unsqueeze(1)).round_().clamp_(-127, 127), scale);
    }

    public void Dispose()
    {
        Qkv.Dispose();
        Output.Dispose();
        GateUp.Dispose();
        Down.Dispose();
        Embedding.Dispose();
    }

    private static Tensor Ternary(Tensor stack, ScalarType type)
    {
        using var scope = NewDisposeScope();
        Tensor gamma = Gamma(stack);
        return Codes(stack, gamma).mul_(gamma.view(-1, 1, 1)).to(type).MoveToOuterDisposeScope();
    }
}
