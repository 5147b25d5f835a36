using Tritter.Inference.Model;
using static TorchSharp.torch;

namespace Tritter.Torch.Model;

/// <summary>The formulas in libtorch's own operations: any device, any type. What the CUDA kernels are compared with.</summary>
public sealed class EagerKernels(ModelConfig config, ScalarType type) : IKernels
{
    public (Tensor Y, Tensor Statistics) Norm(Tensor x, Tensor weight, bool quantize)
    {
        using var scope = NewDisposeScope();
        (Tensor normal, Tensor statistics) = Normal(x);
        Tensor y = normal.mul(weight);
        return ((quantize ? Quantize(y) : y).to(type).MoveToOuterDisposeScope(), statistics.MoveToOuterDisposeScope());
    }

    public (Tensor H, Tensor Y, Tensor Statistics) AddNorm(Tensor x, Tensor branch, Tensor weight)
    {
        Tensor h = x.add(branch);
        (Tensor y, Tensor statistics) = Norm(h, weight, quantize: true);
        return (h, y, statistics);
    }

    public (Tensor X, Tensor Statistics) NormAdd(Tensor h, Tensor branch, Tensor weight)
    {
        using var scope = NewDisposeScope();
        (Tensor normal, Tensor statistics) = Normal(branch);
        return (normal.mul(weight).add_(h).MoveToOuterDisposeScope(), statistics.MoveToOuterDisposeScope());
    }

    public (Tensor Y, Tensor Statistics) GatedNorm(Tensor gateUp, Tensor weight)
    {
        using var scope = NewDisposeScope();
        (_, _, Tensor product) = Gated(gateUp);
        (Tensor y, Tensor statistics) = Norm(product, weight, quantize: true);
        return (y.MoveToOuterDisposeScope(), statistics.MoveToOuterDisposeScope());
    }

    public (Tensor Query, Tensor Key) Heads(Tensor qkv, Tensor queryWeight, Tensor keyWeight, Batch batch, bool rope)
    {
        using var scope = NewDisposeScope();
        Tensor q = Rotate(Normal(HeadsOf(qkv, 0, config.Heads)).Y.mul(queryWeight), batch, rope, 1);
        Tensor k = Rotate(Normal(HeadsOf(qkv, config.QuerySize, config.KvHeads)).Y.mul(keyWeight), batch, rope, 1);
        return (q.to(type).MoveToOuterDisposeScope(), k.to(type).MoveToOuterDisposeScope());
    }

    public Tensor NormBackward(Tensor dy, Tensor x, Tensor weight, Tensor statistics, Tensor weightGradient)
    {
        using var scope = NewDisposeScope();
        return Backward(dy, x, weight, statistics, weightGradient).to(type).MoveToOuterDisposeScope();
    }

    public Tensor? NormBackwardInto(Tensor residual, Tensor dy, Tensor x, Tensor weight, Tensor statistics, Tensor weightGradient, bool copy)
    {
        using var scope = NewDisposeScope();
        residual.add_(Backward(dy, x, weight, statistics, weightGradient));
        return copy ? residual.to(type, copy: true).MoveToOuterDisposeScope() : null;
    }

    public Tensor GatedNormBackward(Tensor dy, Tensor gateUp, Tensor weight, Tensor statistics, Tensor weightGradient)
    {
        using var scope = NewDisposeScope();
        (Tensor gate, Tensor up, Tensor product) = Gated(gateUp);
        Tensor d = Backward(dy, product, weight, statistics, weightGradient);
        Tensor dGate = d.mul(gate).mul_(up).mul_(2);
        Tensor dUp = d.mul(gate.square());
        return cat([dGate, dUp], 1).to(type).MoveToOuterDisposeScope();
    }

    public Tensor HeadsBackward(Tensor dq, Tensor dk, Tensor dv, Tensor qkv, Tensor queryWeight, Tensor keyWeight, Batch batch, bool rope, Tensor queryWeightGradient, Tensor keyWeightGradient)
    {
        using var scope = NewDisposeScope();
        Tensor q = HeadsOf(qkv, 0, config.Heads);
        Tensor k = HeadsOf(qkv, config.QuerySize, config.KvHeads);
        Tensor q0 = Backward(Rotate(dq.to(ScalarType.Float32), batch, rope, -1), q, queryWeight, Normal(q).Statistics, queryWeightGradient);
        Tensor k0 = Backward(Rotate(dk.to(ScalarType.Float32), batch, rope, -1), k, keyWeight, Normal(k).Statistics, keyWeightGradient);
        return cat([q0.flatten(1).to(type), k0.flatten(1).to(type), dv.flatten(1)], 1).MoveToOuterDisposeScope();
    }

    public Tensor CrossEntropy(Tensor logits, Tensor targets, Tensor weights, double gradientScale)
    {
        using var scope = NewDisposeScope();
        Tensor wide = logits.to(ScalarType.Float32);
        Tensor log = wide.log_softmax(-1);
        Tensor index = targets.to(ScalarType.Int64).unsqueeze(1);
        Tensor losses = log.gather(1, index).squeeze(1).mul(weights).neg();
        Tensor gradient = log.exp();
        gradient.scatter_add_(1, index, full([index.shape[0], 1], -1f, dtype: ScalarType.Float32, device: logits.device));
        logits.copy_(gradient.mul_(weights.unsqueeze(1) * gradientScale));
        return losses.MoveToOuterDisposeScope();
    }

    public IAttention Attend(Tensor query, Tensor key, Tensor value, Batch batch, int window) => new MaskedAttention(query, key, value, batch, window, config);

    public void Dispose()
    {
    }

    private (Tensor Y, Tensor Statistics) Normal(Tensor x)
    {
        Tensor wide = x.to(ScalarType.Float32);
        Tensor mean = wide.mean([-1], keepdim: true);
        Tensor centred = wide - mean;
        Tensor inverse = 1.0 / (centred.square().mean([-1], keepdim: true) + config.NormEpsilon).sqrt();
        return (centred * inverse, cat([mean, inverse], -1));
    }

    private static Tensor Quantize(Tensor y)
    {
        Tensor scale = 127.0 / y.abs().amax([-1], keepdim: true).clamp_min(1e-5);
        return y.mul(scale).round_().clamp_(-128, 127).div_(scale);
    }

    private (Tensor Gate, Tensor Up, Tensor Product) Gated(Tensor gateUp)
    {
        Tensor wide = gateUp.to(ScalarType.Float32);
        Tensor gate = wide.narrow(1, 0, config.IntermediateSize).relu();
        Tensor up = wide.narrow(1, config.IntermediateSize, config.IntermediateSize);
        return (gate, up, gate.square().mul_(up));
    }

    private Tensor HeadsOf(Tensor qkv, int start, int heads) => qkv.narrow(1, start, heads * config.HeadDim).reshape(-1, heads, config.HeadDim);

    /// <param name="direction">-1 turns back, which is the gradient of turning.</param>
    private Tensor Rotate(Tensor x, Batch batch, bool rope, int direction)
    {
        if (!rope)
        {
            return x;
        }

        int half = config.HeadDim / 2;
        Tensor cos = batch.Cos.index_select(0, batch.Positions).unsqueeze(1);
        Tensor sin = batch.Sin.index_select(0, batch.Positions).unsqueeze(1) * direction;
        Tensor a = x.narrow(2, 0, half);
        Tensor b = x.narrow(2, half, half);
        return cat([a * cos - b * sin, b * cos + a * sin], 2);
    }

    private static Tensor Backward(Tensor dy, Tensor x, Tensor weight, Tensor statistics, Tensor weightGradient)
    {
        Tensor wide = dy.to(ScalarType.Float32);
        Tensor inverse = statistics.narrow(-1, 1, 1);
        Tensor normal = (x.to(ScalarType.Float32) - statistics.narrow(-1, 0, 1)) * inverse;
        Tensor product = wide * normal;
        long[] others = [.. Enumerable.Range(0, (int)product.dim() - 1).Select(i => (long)i)];
        weightGradient.add_(product.sum(others));
        Tensor d = wide * weight;
        return (d - d.mean([-1], keepdim: true) - normal * (d * normal).mean([-1], keepdim: true)) * inverse;
    }
}
