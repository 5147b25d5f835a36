using TorchSharp;
using Tritter.Inference.Model;
using Tritter.Torch.Model;
using static TorchSharp.torch;

namespace Tritter.Torch.Tests;

/// <summary>The model once more, written for nothing but clearness, with gradients from libtorch: what the trainer's own are compared with.</summary>
internal static class AutogradModel
{
    public static void Gradients(Latents latents, Batch batch, Latents into, double embeddingLoss = 0)
    {
        ModelConfig config = latents.Config;
        Tensor[] leaves = [.. latents.All.Select(p => p.Tensor.clone().requires_grad_())];
        int at = 0;
        Latents graph = Latents.From(config, (_, _) => leaves[Order(latents, at++)]);
        Tensor x = Embedding(graph.Embedding).index_select(0, batch.Tokens);
        for (int i = 0; i < config.Layers.Count; i++)
        {
            Tensor a = Rounded(Norm(x, graph.InputNorm[i]));
            Tensor q = Heads(a.matmul(Ternary(graph.Query[i]).t()), graph.QueryNorm[i], batch, config, config.Layers[i].Rope);
            Tensor k = Heads(a.matmul(Ternary(graph.Key[i]).t()), graph.KeyNorm[i], batch, config, config.Layers[i].Rope);
            Tensor v = a.matmul(Ternary(graph.Value[i]).t()).view(-1, config.KvHeads, config.HeadDim);
            Tensor attended = Attend(q, k, v, batch, config.Layers[i].Window, config);
            Tensor h = x + Rounded(Norm(attended, graph.AttentionSubNorm[i])).matmul(Ternary(graph.Output[i]).t());
            Tensor m = Rounded(Norm(h, graph.PreMlpNorm[i]));
            Tensor gated = m.matmul(Ternary(graph.Gate[i]).t()).relu().square() * m.matmul(Ternary(graph.Up[i]).t());
            x = h + Norm(Rounded(Norm(gated, graph.FfnSubNorm[i])).matmul(Ternary(graph.Down[i]).t()), graph.PostMlpNorm[i]);
        }

        Tensor y = Norm(x, graph.FinalNorm);
        Tensor targets = batch.Targets.to(ScalarType.Int64);
        Tensor crossEntropy = nn.functional.cross_entropy(y.matmul(Embedding(graph.Embedding).t()), targets, reduction: nn.Reduction.None);
        Tensor distance = (y - Embedding(graph.Embedding).index_select(0, targets)).square().mean([-1]);
        Tensor losses = ((1 - embeddingLoss) * crossEntropy + embeddingLoss * distance) * batch.Weights;
        (losses.sum() / batch.WeightSum).backward();
        foreach (((_, Tensor gradient), Tensor leaf) in into.All.Zip(leaves))
        {
            gradient.copy_(leaf.grad!);
        }
    }

    /// <summary>Latents are made in another order than they are listed.</summary>
    private static int Order(Latents latents, int made)
    {
        Tensor[] order = [latents.Embedding, latents.Query, latents.Key, latents.Value, latents.Output, latents.Gate, latents.Up, latents.Down, latents.InputNorm,
            latents.QueryNorm, latents.KeyNorm, latents.AttentionSubNorm, latents.PreMlpNorm, latents.FfnSubNorm, latents.PostMlpNorm, latents.FinalNorm];
        return latents.All.Select(p => p.Tensor).ToList().FindIndex(t => ReferenceEquals(t, order[made]));
    }

    private static Tensor Norm(Tensor x, Tensor weight) => nn.functional.layer_norm(x, [x.shape[^1]], weight, null, 1e-5);

    private static Tensor Through(Tensor exact, Tensor rounded) => exact + (rounded - exact).detach();

    private static Tensor Rounded(Tensor x)
    {
        Tensor scale = 127 / x.abs().amax([-1], keepdim: true).clamp_min(1e-5);
        return Through(x, (x * scale).round() / scale);
    }

    private static Tensor Ternary(Tensor w)
    {
        Tensor gamma = w.abs().mean();
        return Through(w, (w / gamma).round().clamp(-1, 1) * gamma);
    }

    private static Tensor Embedding(Tensor w)
    {
        Tensor scale = w.abs().amax([1], keepdim: true) / 127;
        return Through(w, (w / scale).round() * scale);
    }

    private static Tensor Heads(Tensor x, Tensor weight, Batch batch, ModelConfig config, bool rope)
    {
        Tensor heads = Norm(x.view(x.shape[0], -1, config.HeadDim), weight);
        if (!rope)
        {
            return heads;
        }

        Tensor inverse = 1.0 / pow(tensor(config.RopeTheta), arange(0, config.HeadDim, 2, ScalarType.Float32) / config.HeadDim);
        Tensor angle = (batch.Positions.to(ScalarType.Float32).unsqueeze(1) * inverse).unsqueeze(1);
        Tensor[] halves = heads.chunk(2, -1);
        return cat([halves[0] * angle.cos() - halves[1] * angle.sin(), halves[1] * angle.cos() + halves[0] * angle.sin()], -1);
    }

    private static Tensor Attend(Tensor q, Tensor k, Tensor v, Batch batch, int window, ModelConfig config)
    {
        // One mask for everything: same document, not later, inside the window.
        int[] document = [.. batch.Lengths.SelectMany((length, d) => Enumerable.Repeat(d, length))];
        Tensor of = tensor(document);
        Tensor at = batch.Positions;
        Tensor distance = at.unsqueeze(1) - at.unsqueeze(0);
        Tensor seen = of.unsqueeze(1).eq(of.unsqueeze(0)).logical_and(distance.ge(0)).logical_and(distance.lt(window));
        Tensor mask = zeros(seen.shape).masked_fill(seen.logical_not(), float.NegativeInfinity);
        int group = config.Heads / config.KvHeads;
        Tensor y = nn.functional.scaled_dot_product_attention(q.transpose(0, 1), k.repeat_interleave(group, 1).transpose(0, 1), v.repeat_interleave(group, 1).transpose(0, 1), mask);
        return y.transpose(0, 1).reshape(-1, config.QuerySize);
    }
}
