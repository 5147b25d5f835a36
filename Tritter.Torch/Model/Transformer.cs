using Tritter.Inference.Model;
using static TorchSharp.torch;

namespace Tritter.Torch.Model;

/// <summary>
/// Forward and backward, written out: the architecture is fixed, and this way each activation is kept once, gradients go straight to
/// where they are summed, and nothing waits for a graph. Rounding passes gradients through unchanged (straight-through).
/// </summary>
/// <param name="latents">Its norms; matrices and embedding come from the weights of each call.</param>
/// <param name="adapter">Trained instead of the model; null to train the model.</param>
/// <param name="embeddingLoss">The a of the hybrid loss (1 - a) CE + a MSE that gradients are of; see <see cref="EmbeddingPrediction"/>.</param>
public sealed class Transformer(Latents latents, IKernels kernels, LowRankAdapter? adapter = null, double embeddingLoss = 0)
{
    /// <summary>Logits of so many tokens exist at a time: on a processor few enough that their memory is used again and not asked for anew.</summary>
    private readonly int _logitRows = latents.FinalNorm.device_type == TorchSharp.DeviceType.CUDA ? 16384 : 256;

    private readonly ModelConfig _config = latents.Config;

    /// <summary>What one layer's backward needs.</summary>
    private sealed record Kept(Tensor X, Tensor A, Tensor S1, Tensor Qkv, IAttention Attention, Tensor B, Tensor S2, Tensor H, Tensor C, Tensor S3, Tensor GateUp, Tensor D, Tensor S4, Tensor Branch, Tensor S5);

    /// <summary>Cross-entropy [T] of a batch, unweighted, without gradients.</summary>
    public Tensor Losses(ITernaryWeights weights, Batch batch)
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
    public Tensor Logits(ITernaryWeights weights, Batch batch)
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
    /// <param name="adapterGradients">Where those of the adapter go; the matrices and the embedding then get none.</param>
    public Tensor LossesAndGradients(ITernaryWeights weights, Batch batch, Latents gradients, double scale, LowRankAdapter? adapterGradients = null)
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
        Tensor losses = Head(weights, y, batch, batch.Weights, dy, adapterGradients is null ? gradients.Embedding : null, scale);
        Tensor residual = zeros(x.shape, dtype: ScalarType.Float32, device: x.device);
        kernels.NormBackwardInto(residual, dy, x, latents.FinalNorm, s, gradients.FinalNorm, copy: false);
        for (int i = layers.Length - 1; i >= 0; i--)
        {
            using var layer = NewDisposeScope();
            LayerBackward(weights, batch, i, layers[i], residual, gradients, adapterGradients);
        }

        if (adapterGradients is null)
        {
            gradients.Embedding.index_add_(0, batch.Tokens.to(ScalarType.Int64), residual, 1);
        }

        return losses.MoveToOuterDisposeScope();
    }

    /// <summary>Bytes that a forward pass keeps for the backward one; for comparison with what is planned.</summary>
    internal long KeptBytes(ITernaryWeights weights, Batch batch)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Tensor x = Embed(weights, batch);
        long bytes = 0;
        for (int i = 0; i < _config.Layers.Count; i++)
        {
            (x, Kept kept) = Layer(weights, batch, i, x);
            Tensor output = kept.Attention.Output;
            // Attention also keeps the queries and keys that were rotated, in the type of its result.
            bytes += batch.Count * (_config.QuerySize + _config.KvSize) * output.ElementSize;
            foreach (Tensor tensor in new[] { kept.X, kept.A, kept.S1, kept.Qkv, output, kept.B, kept.S2, kept.H, kept.C, kept.S3, kept.GateUp, kept.D, kept.S4, kept.Branch, kept.S5 })
            {
                bytes += tensor.numel() * tensor.ElementSize;
            }
        }

        return bytes;
    }

    private Tensor Embed(ITernaryWeights weights, Batch batch) => weights.Embedding.index_select(0, batch.Tokens).to(ScalarType.Float32);

    private (Tensor X, Kept Kept) Layer(ITernaryWeights weights, Batch batch, int i, Tensor x)
    {
        LayerAttention attention = _config.Layers[i];
        (Tensor a, Tensor s1) = kernels.Norm(x, latents.InputNorm[i], quantize: true);
        Tensor qkv = Qkv(i).Forward(a, weights.QkvOf(i));
        (Tensor q, Tensor k) = kernels.Heads(qkv, latents.QueryNorm[i], latents.KeyNorm[i], batch, attention.Rope);
        Tensor v = qkv.narrow(1, _config.QuerySize + _config.KvSize, _config.KvSize).view(-1, _config.KvHeads, _config.HeadDim);
        IAttention attended = kernels.Attend(q, k, v, batch, attention.Window);
        (Tensor b, Tensor s2) = kernels.Norm(attended.Output.view(-1, _config.QuerySize), latents.AttentionSubNorm[i], quantize: true);
        Tensor output = Output(i).Forward(b, weights.OutputOf(i));
        (Tensor h, Tensor c, Tensor s3) = kernels.AddNorm(x, output, latents.PreMlpNorm[i]);
        output.Dispose();
        Tensor gateUp = GateUp(i).Forward(c, weights.GateUpOf(i));
        (Tensor d, Tensor s4) = kernels.GatedNorm(gateUp, latents.FfnSubNorm[i]);
        Tensor branch = Down(i).Forward(d, weights.DownOf(i));
        (Tensor next, Tensor s5) = kernels.NormAdd(h, branch, latents.PostMlpNorm[i]);
        return (next, new Kept(x, a, s1, qkv, attended, b, s2, h, c, s3, gateUp, d, s4, branch, s5));
    }

    /// <param name="residual">Gradient of the layer's result; becomes that of its input.</param>
    private void LayerBackward(ITernaryWeights weights, Batch batch, int i, Kept kept, Tensor residual, Latents gradients, LowRankAdapter? adapterGradients)
    {
        LayerAttention attention = _config.Layers[i];
        Tensor dBranch = kernels.NormBackward(residual, kept.Branch, latents.PostMlpNorm[i], kept.S5, gradients.PostMlpNorm[i]);
        bool frozen = adapterGradients is not null;
        if (!frozen)
        {
            Add(gradients.Down[i], dBranch, kept.D);
        }

        Tensor dD = Down(i).Backward(dBranch, kept.D, weights.DownOf(i), adapterGradients);
        Tensor dGateUp = kernels.GatedNormBackward(dD, kept.GateUp, latents.FfnSubNorm[i], kept.S4, gradients.FfnSubNorm[i]);
        dD.Dispose();
        if (!frozen)
        {
            Tensor wide = dGateUp.t().matmul(kept.C);
            gradients.Gate[i].add_(wide.narrow(0, 0, _config.IntermediateSize));
            gradients.Up[i].add_(wide.narrow(0, _config.IntermediateSize, _config.IntermediateSize));
        }

        Tensor dC = GateUp(i).Backward(dGateUp, kept.C, weights.GateUpOf(i), adapterGradients);
        dGateUp.Dispose();
        Tensor dOutput = kernels.NormBackwardInto(residual, dC, kept.H, latents.PreMlpNorm[i], kept.S3, gradients.PreMlpNorm[i], copy: true)!;
        if (!frozen)
        {
            Add(gradients.Output[i], dOutput, kept.B);
        }

        Tensor dB = Output(i).Backward(dOutput, kept.B, weights.OutputOf(i), adapterGradients);
        Tensor dAttended = kernels.NormBackward(dB, kept.Attention.Output.view(-1, _config.QuerySize), latents.AttentionSubNorm[i], kept.S2, gradients.AttentionSubNorm[i]);
        (Tensor dq, Tensor dk, Tensor dv) = kept.Attention.Backward(dAttended.view(-1, _config.Heads, _config.HeadDim));
        Tensor dQkv = kernels.HeadsBackward(dq, dk, dv, kept.Qkv, latents.QueryNorm[i], latents.KeyNorm[i], batch, attention.Rope, gradients.QueryNorm[i], gradients.KeyNorm[i]);
        if (!frozen)
        {
            Tensor heads = dQkv.t().matmul(kept.A);
            gradients.Query[i].add_(heads.narrow(0, 0, _config.QuerySize));
            gradients.Key[i].add_(heads.narrow(0, _config.QuerySize, _config.KvSize));
            gradients.Value[i].add_(heads.narrow(0, _config.QuerySize + _config.KvSize, _config.KvSize));
        }

        Tensor dA = Qkv(i).Backward(dQkv, kept.A, weights.QkvOf(i), adapterGradients);
        kernels.NormBackwardInto(residual, dA, kept.X, latents.InputNorm[i], kept.S1, gradients.InputNorm[i], copy: false);
    }

    private Projection Qkv(int layer) => new(adapter, layer, ("q_proj", _config.QuerySize), ("k_proj", _config.KvSize), ("v_proj", _config.KvSize));

    private Projection Output(int layer) => new(adapter, layer, ("o_proj", _config.HiddenSize));

    private Projection GateUp(int layer) => new(adapter, layer, ("gate_proj", _config.IntermediateSize), ("up_proj", _config.IntermediateSize));

    private Projection Down(int layer) => new(adapter, layer, ("down_proj", _config.HiddenSize));

    private static void Add(Tensor gradient, Tensor dy, Tensor x) => gradient.add_(dy.t().matmul(x));

    /// <summary>Losses of the output matrix, a part of the tokens at a time; with gradients, also those of y and of the matrix.</summary>
    private Tensor Head(ITernaryWeights weights, Tensor y, Batch batch, Tensor tokenWeights, Tensor? dy, Tensor? matrixGradient, double scale)
    {
        var losses = new List<Tensor>();
        for (int start = 0; start < batch.Count; start += _logitRows)
        {
            using var scope = NewDisposeScope();
            int rows = Math.Min(_logitRows, batch.Count - start);
            Tensor part = y.narrow(0, start, rows);
            Tensor targets = batch.Targets.narrow(0, start, rows);
            Tensor partWeights = tokenWeights.narrow(0, start, rows);
            Tensor logits = part.matmul(weights.Embedding.t());
            double predicted = dy is null ? 0 : embeddingLoss;
            Tensor loss = kernels.CrossEntropy(logits, targets, partWeights, (1 - predicted) * scale);
            if (dy is not null)
            {
                dy.narrow(0, start, rows).copy_(logits.matmul(weights.Embedding));
                matrixGradient?.add_(logits.t().matmul(part));
            }

            if (predicted > 0)
            {
                Tensor squares = EmbeddingPrediction.Losses(part, weights.Embedding, targets, partWeights, dy!.narrow(0, start, rows), matrixGradient, predicted * scale);
                loss = loss.mul(1 - predicted).add_(squares, predicted);
            }

            losses.Add(loss.MoveToOuterDisposeScope());
        }

        return cat(losses, 0);
    }
}
