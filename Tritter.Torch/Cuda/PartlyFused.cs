using Tritter.Torch.Model;
using static TorchSharp.torch;

namespace Tritter.Torch.Cuda;

/// <summary>The fused kernels but for one group of them, which the plain formulas replace: what the group brings shows in the time.</summary>
internal sealed class PartlyFused(IKernels fused, IKernels plain, string off) : IKernels
{
    /// <summary>Names of the groups.</summary>
    public static IReadOnlyList<string> Groups { get; } = ["norm", "residual norm", "gated norm", "heads", "cross-entropy", "attention"];

    public (Tensor Y, Tensor Statistics) Norm(Tensor x, Tensor weight, bool quantize) => Of("norm").Norm(x, weight, quantize);

    public Tensor NormBackward(Tensor dy, Tensor x, Tensor weight, Tensor statistics, Tensor weightGradient) => Of("norm").NormBackward(dy, x, weight, statistics, weightGradient);

    public (Tensor H, Tensor Y, Tensor Statistics) AddNorm(Tensor x, Tensor branch, Tensor weight) => Of("residual norm").AddNorm(x, branch, weight);

    public (Tensor X, Tensor Statistics) NormAdd(Tensor h, Tensor branch, Tensor weight) => Of("residual norm").NormAdd(h, branch, weight);

    public Tensor? NormBackwardInto(Tensor residual, Tensor dy, Tensor x, Tensor weight, Tensor statistics, Tensor weightGradient, bool copy) =>
        Of("residual norm").NormBackwardInto(residual, dy, x, weight, statistics, weightGradient, copy);

    public (Tensor Y, Tensor Statistics) GatedNorm(Tensor gateUp, Tensor weight) => Of("gated norm").GatedNorm(gateUp, weight);

    public Tensor GatedNormBackward(Tensor dy, Tensor gateUp, Tensor weight, Tensor statistics, Tensor weightGradient) =>
        Of("gated norm").GatedNormBackward(dy, gateUp, weight, statistics, weightGradient);

    public (Tensor Query, Tensor Key) Heads(Tensor qkv, Tensor queryWeight, Tensor keyWeight, Batch batch, bool rope) => Of("heads").Heads(qkv, queryWeight, keyWeight, batch, rope);

    public Tensor HeadsBackward(Tensor dq, Tensor dk, Tensor dv, Tensor qkv, Tensor queryWeight, Tensor keyWeight, Batch batch, bool rope, Tensor queryWeightGradient, Tensor keyWeightGradient) =>
        Of("heads").HeadsBackward(dq, dk, dv, qkv, queryWeight, keyWeight, batch, rope, queryWeightGradient, keyWeightGradient);

    public Tensor CrossEntropy(Tensor logits, Tensor targets, Tensor weights, double gradientScale) => Of("cross-entropy").CrossEntropy(logits, targets, weights, gradientScale);

    public IAttention Attend(Tensor query, Tensor key, Tensor value, Batch batch, int window) => Of("attention").Attend(query, key, value, batch, window);

    /// <summary>Owns nothing.</summary>
    public void Dispose()
    {
    }

    private IKernels Of(string group) => group == off ? plain : fused;
}
