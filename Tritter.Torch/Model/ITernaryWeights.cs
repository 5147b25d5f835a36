using static TorchSharp.torch;

namespace Tritter.Torch.Model;

/// <summary>The matrices that a pass multiplies with, in the type of the activations; what is answered belongs to the weights or to the caller's dispose scope.</summary>
public interface ITernaryWeights : IDisposable
{
    /// <summary>[query + key + value, hidden] of a layer.</summary>
    Tensor QkvOf(int layer);

    /// <summary>[hidden, query].</summary>
    Tensor OutputOf(int layer);

    /// <summary>[gate + up, hidden].</summary>
    Tensor GateUpOf(int layer);

    /// <summary>[hidden, intermediate].</summary>
    Tensor DownOf(int layer);

    /// <summary>[vocab, hidden].</summary>
    Tensor Embedding { get; }
}
