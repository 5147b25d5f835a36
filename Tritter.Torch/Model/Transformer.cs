using Tritter.Inference.Model;
using static TorchSharp.torch;

namespace Tritter.Torch.Model;

/// <summary>
/// Forward and backward, written out: the architecture is fixed, and this way each activation is kept once, gradients go straight to
/// where they are summed, and nothing waits for a graph. Rounding passes gradients through unchanged (straight-through).
/// </summary>
public sealed class Transformer(Latents latents, IKernels kernels)
{
    /// <summary>Logits of so many tokens exist at a time: on a processor few enough that their memory is used again and not asked for anew.</summary>
    private readonly int _logitRows = latents.Embedding.device_type == TorchSharp.DeviceType.CUDA ? 16384 : 256;

    private readonly ModelConfig _config = latents.Config;

    /// <summary>What one layer's backward needs.</summary>
    private sealed record Kept(Tensor X, Tensor A, Tensor S1, Tensor Qkv, IAttention Attention, Tensor B, Tensor S2, Tensor H, Tensor C, Tensor S3, Tensor GateUp, Tensor D, Tensor S4, Tensor Branch, Tensor S5);

    /// <summary>Losses [T] of a batch, unweighted, without gradients.</summary>
    public Tensor Losses(QuantizedWeights weights, Batch batch)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Tensor x = Embed(weights, batch);
        for (int i = 0; i < _config.Layers.Count; i++)
        {
            using var layer = NewDisposeScope();
            Tensor last = x;
            x = Layer(weights, batch, i, x).X.MoveToOuterDisposeScope();
            last.Dispose();
        }

        (Tensor y, _) = kernels.Norm(x, latents.FinalNorm, quantize: false);
        using Tensor ones = ones_like(batch.Weights);
        return Head(weights, y, batch, ones, null, null, 0).MoveToOuterDisposeScope();
    }

    /// <summary>Logits [T, vocab] in compute type; for tests and small batches.</summary>
    public Tensor Logits(QuantizedWeights weights, Batch batch)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Tensor x = Embed(weights, batch);
        for (int i = 0; i < _config.Layers.Count; i++)
        {
            x = Layer(weights, batch, i, x).X;
        }

        (Tensor y, _) = kernels.Norm(x, latents.FinalNorm, quantize: false);
        return y.matmul(weights.Embedding.t()).MoveToOuterDisposeScope();
    }

    /// <summary>Adds to the gradients those of scale * (sum of weighted losses); answers the weighted losses [T].</summary>
    public Tensor LossesAndGradients(QuantizedWeights weights, Batch batch, Latents gradients, double scale)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var layers = new Kept[_config.Layers.Count];
        Tensor x = Embed(weights, batch);
        for (int i = 0; i < layers.Length; i++)
        {
            (x, layers[i]) = Layer(weights, batch, i, x);
        }

        (Tensor y, Tensor s) = kernels.Norm(x, latents.FinalNorm, quantize: false);
        Tensor dy = empty_like(y);
        Tensor losses = Head(weights, y, batch, batch.Weights, dy, gradients.Embedding, scale);
        Tensor residual = zeros(x.shape, dtype: ScalarType.Float32, device: x.device);
        kernels.NormBackwardInto(residual, dy, x, latents.FinalNorm, s, gradients.FinalNorm, copy: false);
        for (int i = layers.Length - 1; i >= 0; i--)
        {
            using var layer = NewDisposeScope();
            LayerBackward(weights, batch, i, layers[i], residual, gradients);
        }

        gradients.Embedding.index_add_(0, batch.Tokens.to(ScalarType.Int64), residual, 1);
        return losses.MoveToOuterDisposeScope();
    }

    private Tensor Embed(QuantizedWeights weights, Batch batch) => weights.Embedding.index_select(0, batch.Tokens).to(ScalarType.Float32);

    private (Tensor X, Kept Kept) Layer(QuantizedWeights weights, Batch batch, int i, Tensor x)
    {
        LayerAttention attention = _config.Layers[i];
        (Tensor a, Tensor s1) = kernels.Norm(x, latents.InputNorm[i], quantize: true);
        Tensor qkv = a.matmul(weights.Qkv[i].t());
        (Tensor q, Tensor k) = kernels.Heads(qkv, latents.QueryNorm[i], latents.KeyNorm[i], batch, attention.Rope);
        Tensor v = qkv.narrow(1, _config.QuerySize + _config.KvSize, _config.KvSize).view(-1, _config.KvHeads, _config.HeadDim);
        IAttention attended = kernels.Attend(q, k, v, batch, attention.Window);
        (Tensor b, Tensor s2) = kernels.Norm(attended.Output.view(-1, _config.QuerySize), latents.AttentionSubNorm[i], quantize: true);
        Tensor output = b.matmul(weights.Output[i].t());
        (Tensor h, Tensor c, Tensor s3) = kernels.AddNorm(x, output, latents.PreMlpNorm[i]);
        output.Dispose();
        Tensor gateUp = c.matmul(weights.GateUp[i].t());
        (Tensor d, Tensor s4) = kernels.GatedNorm(gateUp, latents.FfnSubNorm[i]);
        Tensor branch = d.matmul(weights.Down[i].t());
        (Tensor next, Tensor s5) = kernels.NormAdd(h, branch, latents.PostMlpNorm[i]);
        return (next, new Kept(x, a, s1, qkv, attended, b, s2, h, c, s3, gateUp, d, s4, branch, s5));
    }

    /// <param name="residual">Gradient of the layer's result; becomes that of its input.</param>
    private void LayerBackward(QuantizedWeights weights, Batch batch, int i, Kept kept, Tensor residual, Latents gradients)
    {
        LayerAttention attention = _config.Layers[i];
        Tensor dBranch = kernels.NormBackward(residual, kept.Branch, latents.PostMlpNorm[i], kept.S5, gradients.PostMlpNorm[i]);
        Add(gradients.Down[i], dBranch, kept.D);
        Tensor dD = dBranch.matmul(weights.Down[i]);
        Tensor dGateUp = kernels.GatedNormBackward(dD, kept.GateUp, latents.FfnSubNorm[i], kept.S4, gradients.FfnSubNorm[i]);
        dD.Dispose();
        Tensor wide = dGateUp.t().matmul(kept.C);
        gradients.Gate[i].add_(wide.narrow(0, 0, _config.IntermediateSize));
        gradients.Up[i].add_(wide.narrow(0, _config.IntermediateSize, _config.IntermediateSize));
        Tensor dC = dGateUp.matmul(weights.GateUp[i]);
        dGateUp.Dispose();
        Tensor dOutput = kernels.NormBackwardInto(residual, dC, kept.H, latents.PreMlpNorm[i], kept.S3, gradients.PreMlpNorm[i], copy: true)!;
        Add(gradients.Output[i], dOutput, kept.B);
        Tensor dB = dOutput.matmul(weights.Output[i]);
        Tensor dAttended = kernels.NormBackward(dB, kept.Attention.Output.view(-1, _config.QuerySize), latents.AttentionSubNorm[i], kept.S2, gradients.AttentionSubNorm[i]);
        (Tensor dq, Tensor dk, Tensor dv) = kept.Attention.Backward(dAttended.view(-1, _config.Heads, _config.HeadDim));
        Tensor dQkv = kernels.HeadsBackward(dq, dk, dv, kept.Qkv, latents.QueryNorm[i], latents.KeyNorm[i], batch, attention.Rope, gradients.QueryNorm[i], gradients.KeyNorm[i]);
        Tensor heads = dQkv.t().matmul(kept.A);
        gradients.Query[i].add_(heads.narrow(0, 0, _config.QuerySize));
        gradients.Key[i].add_(heads.narrow(0, _config.QuerySize, _config.KvSize));
        gradients.Value[i].add_(heads.narrow(0, _config.QuerySize + _config.KvSize, _config.KvSize));
        Tensor dA = dQkv.matmul(weights.Qkv[i]);
        kernels.NormBackwardInto(residual, dA, kept.X, latents.InputNorm[i], kept.S1, gradients.InputNorm[i], copy: false);
    }

    private static void Add(Tensor gradient, Tensor dy, Tensor x) => gradient.add_(dy.t().matmul(x));

    /// <summary>Losses of the output matrix, a part of the tokens at a time; with a gradient, also those of y and of the matrix.</summary>
    private Tensor Head(QuantizedWeights weights, Tensor y, Batch batch, Tensor tokenWeights, Tensor? dy, Tensor? matrixGradient, double scale)
    {
        var losses = new List<Tensor>();
        for (int start = 0; start < batch.Count; start += _logitRows)
        {
            using var scope = NewDisposeScope();
            int rows = Math.Min(_logitRows, batch.Count - start);
            Tensor part = y.narrow(0, start, rows);
            Tensor logits = part.matmul(weights.Embedding.t());
            losses.Add(kernels.CrossEntropy(logits, batch.Targets.narrow(0, start, rows), tokenWeights.narrow(0, start, rows), scale).MoveToOuterDisposeScope());
            if (dy is not null && matrixGradient is not null)
            {
                dy.narrow(0, start, rows).copy_(logits.matmul(weights.Embedding));
                matrixGradient.add_(logits.t().matmul(part));
            }
        }

        return cat(losses, 0);
    }
}
