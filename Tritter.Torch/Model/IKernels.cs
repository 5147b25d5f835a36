using static TorchSharp.torch;

namespace Tritter.Torch.Model;

/// <summary>
/// The parts of the transformer that are no matrix product, forward and backward. T is the number of tokens of a batch; all documents
/// lie one after another. "Compute type" is that of the activations. The residual stream and its gradient are float32. Statistics
/// [T, 2] are mean and 1/deviation. Weight gradients are added to.
/// </summary>
public interface IKernels : IDisposable
{
    /// <summary>LayerNorm; rounded to int8 steps of the row's largest value when quantize is set.</summary>
    /// <param name="x">[T, n], float32 or compute type.</param>
    (Tensor Y, Tensor Statistics) Norm(Tensor x, Tensor weight, bool quantize);

    /// <summary>h = x + branch (float32) and its quantised norm.</summary>
    (Tensor H, Tensor Y, Tensor Statistics) AddNorm(Tensor x, Tensor branch, Tensor weight);

    /// <summary>h + LayerNorm(branch), float32.</summary>
    (Tensor X, Tensor Statistics) NormAdd(Tensor h, Tensor branch, Tensor weight);

    /// <summary>Quantised norm of relu(gate)² * up.</summary>
    /// <param name="gateUp">[T, 2n]: gate, then up.</param>
    (Tensor Y, Tensor Statistics) GatedNorm(Tensor gateUp, Tensor weight);

    /// <summary>Norm of each query and key head, then rotation by position. Results [T, heads, head size].</summary>
    (Tensor Query, Tensor Key) Heads(Tensor qkv, Tensor queryWeight, Tensor keyWeight, Batch batch, bool rope);

    /// <summary>Gradient of x in compute type.</summary>
    /// <param name="dy">float32 or compute type.</param>
    Tensor NormBackward(Tensor dy, Tensor x, Tensor weight, Tensor statistics, Tensor weightGradient);

    /// <summary>Adds the gradient of x to residual; answers residual in compute type when a copy is asked for.</summary>
    Tensor? NormBackwardInto(Tensor residual, Tensor dy, Tensor x, Tensor weight, Tensor statistics, Tensor weightGradient, bool copy);

    Tensor GatedNormBackward(Tensor dy, Tensor gateUp, Tensor weight, Tensor statistics, Tensor weightGradient);

    Tensor HeadsBackward(Tensor dq, Tensor dk, Tensor dv, Tensor qkv, Tensor queryWeight, Tensor keyWeight, Batch batch, bool rope, Tensor queryWeightGradient, Tensor keyWeightGradient);

    /// <summary>Losses [T], weighted by the batch; the logits are overwritten by their gradient.</summary>
    Tensor CrossEntropy(Tensor logits, Tensor targets, Tensor weights, double gradientScale);

    /// <summary>Causal attention within each document and window.</summary>
    IAttention Attend(Tensor query, Tensor key, Tensor value, Batch batch, int window);
}

/// <summary>An attention that was computed; keeps what its backward needs.</summary>
public interface IAttention
{
    /// <summary>[T, heads, head size].</summary>
    Tensor Output { get; }

    (Tensor Query, Tensor Key, Tensor Value) Backward(Tensor gradient);
}
