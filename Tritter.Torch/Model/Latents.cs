using Tritter.Inference.Model;
using static TorchSharp.torch;

namespace Tritter.Torch.Model;

/// <summary>
/// What is trained, in float32. The matrices of all layers that have the same shape form one tensor [layers, out, in], so that they are
/// quantised and updated together.
/// </summary>
public sealed class Latents : IDisposable
{
    private Latents(ModelConfig config, Func<string, long[], Tensor> make)
    {
        Config = config;
        long n = config.Layers.Count;
        long h = config.HiddenSize;
        Embedding = make("model.embed_tokens.weight", [config.VocabSize, h]);
        Query = make("attention.q_proj.weight", [n, config.QuerySize, h]);
        Key = make("attention.k_proj.weight", [n, config.KvSize, h]);
        Value = make("attention.v_proj.weight", [n, config.KvSize, h]);
        Output = make("attention.o_proj.weight", [n, h, config.QuerySize]);
        Gate = make("mlp.gate_proj.weight", [n, config.IntermediateSize, h]);
        Up = make("mlp.up_proj.weight", [n, config.IntermediateSize, h]);
        Down = make("mlp.down_proj.weight", [n, h, config.IntermediateSize]);
        InputNorm = make("input_layernorm.weight", [n, h]);
        QueryNorm = make("attention.q_norm.weight", [n, config.HeadDim]);
        KeyNorm = make("attention.k_norm.weight", [n, config.HeadDim]);
        AttentionSubNorm = make("attention.attn_sub_norm.weight", [n, config.QuerySize]);
        PreMlpNorm = make("pre_mlp_layernorm.weight", [n, h]);
        FfnSubNorm = make("mlp.ffn_sub_norm.weight", [n, config.IntermediateSize]);
        PostMlpNorm = make("post_mlp_layernorm.weight", [n, h]);
        FinalNorm = make("model.norm.weight", [h]);
    }

    public ModelConfig Config { get; }

    public Tensor Embedding { get; }
    public Tensor Query { get; }
    public Tensor Key { get; }
    public Tensor Value { get; }
    public Tensor Output { get; }
    public Tensor Gate { get; }
    public Tensor Up { get; }
    public Tensor Down { get; }
    public Tensor InputNorm { get; }
    public Tensor QueryNorm { get; }
    public Tensor KeyNorm { get; }
    public Tensor AttentionSubNorm { get; }
    public Tensor PreMlpNorm { get; }
    public Tensor FfnSubNorm { get; }
    public Tensor PostMlpNorm { get; }
    public Tensor FinalNorm { get; }

    /// <summary>Ternary matrices, with the name that each layer's has in a file after "model.layers.N.".</summary>
    public IReadOnlyList<(string Name, Tensor Tensor)> Matrices =>
    [
        ("attention.q_proj.weight", Query), ("attention.k_proj.weight", Key), ("attention.v_proj.weight", Value), ("attention.o_proj.weight", Output),
        ("mlp.gate_proj.weight", Gate), ("mlp.up_proj.weight", Up), ("mlp.down_proj.weight", Down),
    ];

    /// <summary>Norm weights of the layers, named likewise.</summary>
    public IReadOnlyList<(string Name, Tensor Tensor)> LayerNorms =>
    [
        ("input_layernorm.weight", InputNorm), ("attention.q_norm.weight", QueryNorm), ("attention.k_norm.weight", KeyNorm),
        ("attention.attn_sub_norm.weight", AttentionSubNorm), ("pre_mlp_layernorm.weight", PreMlpNorm), ("mlp.ffn_sub_norm.weight", FfnSubNorm),
        ("post_mlp_layernorm.weight", PostMlpNorm),
    ];

    /// <summary>Everything, in an order that stays.</summary>
    public IReadOnlyList<(string Name, Tensor Tensor)> All =>
        [.. Matrices, .. LayerNorms, ("model.embed_tokens.weight", Embedding), ("model.norm.weight", FinalNorm)];

    /// <summary>Tensors of the same shapes, all zero: gradients, or what an optimiser remembers.</summary>
    public Latents Zeros() => new(Config, (_, shape) => zeros(shape, dtype: ScalarType.Float32, device: Embedding.device).DetachFromDisposeScope());

    public static Latents From(ModelConfig config, Func<string, long[], Tensor> make) => new(config, (name, shape) => make(name, shape).DetachFromDisposeScope());

    /// <summary>
    /// A model before training: matrices N(0, 1/in), o_proj a fifth of that, embedding 0.03, the norm that closes a block 0.15, other norms 1.
    /// Drawn on the processor, so that a seed gives the same model on every device.
    /// </summary>
    public static Latents Random(ModelConfig config, long seed, Device device)
    {
        using var generator = new Generator((ulong)seed);
        return From(config, (name, shape) =>
        {
            if (name.Contains("norm", StringComparison.Ordinal))
            {
                return full(shape, name.StartsWith("post_mlp", StringComparison.Ordinal) ? 0.15f : 1f, dtype: ScalarType.Float32, device: device);
            }

            double deviation = name.Contains("embed", StringComparison.Ordinal) ? 0.03 : (name.Contains("o_proj", StringComparison.Ordinal) ? 0.2 : 1) / Math.Sqrt(shape[^1]);
            using Tensor drawn = randn(shape, dtype: ScalarType.Float32, generator: generator);
            return (drawn * deviation).to(device);
        });
    }

    public void Dispose()
    {
        foreach ((_, Tensor tensor) in All)
        {
            tensor.Dispose();
        }
    }
}
