using System.Text.Json;

namespace Tritter.Inference.Model;

/// <summary>How one layer attends.</summary>
/// <param name="Window">Positions that a token sees, itself included; <see cref="int.MaxValue"/> for full attention.</param>
/// <param name="Rope">Whether queries and keys are rotated by their position.</param>
public readonly record struct LayerAttention(int Window, bool Rope)
{
    public bool IsSliding => Window != int.MaxValue;
}

/// <summary>Ids of the tokens that lay out a prompt; -1 where the model has none.</summary>
public readonly record struct PromptTokens(int FimPrefix, int FimSuffix, int FimMiddle, int FimPad, int RepositoryName, int FileSeparator, int EndOfText)
{
    public bool CanFillInTheMiddle => FimPrefix >= 0 && FimSuffix >= 0 && FimMiddle >= 0;
}

/// <summary>Which formulas a transformer block follows.</summary>
public enum BlockForm
{
    /// <summary>LayerNorm, QK-norm before RoPE, and a norm behind the feed-forward network.</summary>
    Tritter,

    /// <summary>BitNet b1.58 (arXiv:2504.12285): RMSNorm, no norm of queries and keys, none behind the feed-forward network.</summary>
    BitNet,

    /// <summary>
    /// The original Python library: LayerNorm with biases, a scale and a bias for each row of a matrix, no norm before a second matrix, none before the
    /// feed-forward network, and one of the whole stream behind it. Activations are not rounded there, and here to 15 bits.
    /// </summary>
    Original,
}

/// <summary>The shape of a model, as its config.json states it. Every size the engine uses comes from here.</summary>
/// <param name="HiddenSize">Width of the residual stream.</param>
/// <param name="HeadDim">Elements of one query, key or value head.</param>
/// <param name="KvHeads">Key and value heads; query head h reads kv head h / (Heads / KvHeads).</param>
/// <param name="IntermediateSize">Width of the gated feed-forward network.</param>
/// <param name="AttentionScale">Factor on q·k before the softmax.</param>
/// <param name="Layers">One entry a layer, first layer first.</param>
public sealed record ModelConfig(
    int VocabSize,
    int HiddenSize,
    int Heads,
    int KvHeads,
    int HeadDim,
    int IntermediateSize,
    float NormEpsilon,
    float RopeTheta,
    float AttentionScale,
    int MaxPositions,
    IReadOnlyList<LayerAttention> Layers,
    PromptTokens PromptTokens)
{
    public BlockForm Form { get; init; }

    /// <summary>Whether the embedding is the output matrix too.</summary>
    public bool TiedHead { get; init; } = true;

    /// <summary>Elements of all query heads of a token.</summary>
    public int QuerySize => Heads * HeadDim;

    /// <summary>Elements of all key (or value) heads of a token.</summary>
    public int KvSize => KvHeads * HeadDim;

    /// <exception cref="ModelFormatException">The file is missing, not JSON, or describes a model that Tritter does not run.</exception>
    public static ModelConfig Load(string path)
    {
        using JsonDocument json = ConfigReader.Parse(path);
        return ReadAny(new ConfigReader(path, json.RootElement));
    }

    /// <summary>A configuration that is no file.</summary>
    /// <param name="name">For messages.</param>
    /// <exception cref="ModelFormatException">It describes a model that Tritter does not run.</exception>
    public static ModelConfig Parse(string name, string text)
    {
        using JsonDocument json = JsonDocument.Parse(text);
        return ReadAny(new ConfigReader(name, json.RootElement));
    }

    private static ModelConfig ReadAny(ConfigReader reader) =>
        reader.Is("model_type", BitNetConfig.ModelType) ? BitNetConfig.Read(reader) : OriginalConfig.IsIt(reader) ? OriginalConfig.Read(reader) : Read(reader);

    private static ModelConfig Read(ConfigReader reader)
    {
        reader.Require("model_type", "tritter");
        reader.Require("hidden_act", "relu2");
        reader.RequireIfPresent("mlp_type", "gated");
        reader.RequireIfPresent("norm_type", "layernorm");
        reader.RequireIfPresent("rope_style", "rotate_half");
        reader.RequireIfPresent("norm_bias", false);
        reader.RequireIfPresent("attention_bias", false);
        reader.RequireIfPresent("mlp_bias", false);
        reader.RequireIfPresent("qk_norm", true);
        reader.RequireIfPresent("attn_sub_norm", true);
        reader.RequireIfPresent("ffn_sub_norm", true);
        reader.RequireIfPresent("tie_word_embeddings", true);
        reader.RequireIfPresent("activation_bits", 8);

        Widths widths = ReadWidths(reader);
        return new ModelConfig(
            widths.Vocab,
            widths.Hidden,
            widths.Heads,
            widths.KvHeads,
            widths.HeadDim,
            widths.Intermediate,
            reader.Float("layer_norm_eps", 1e-12f, 1f, 1e-5f),
            reader.Float("rope_theta", 1f, 1e12f, 10000f),
            reader.Float("attention_scale", 1e-6f, 1e3f, 1f / MathF.Sqrt(widths.HeadDim)),
            reader.Int("max_position_embeddings", 1, 1 << 24, 4096),
            ReadLayers(reader),
            ReadPromptTokens(reader, widths.Vocab));
    }

    /// <summary>The sizes that every form names alike, checked against each other.</summary>
    internal static Widths ReadWidths(ConfigReader reader)
    {
        int hidden = reader.Int("hidden_size", 4, 1 << 16);
        int heads = reader.Int("num_attention_heads", 1, 1024);
        int kvHeads = reader.Int("num_key_value_heads", 1, heads, heads);
        int headDim = reader.Int("head_dim", 2, 1024, hidden / heads);
        int intermediate = reader.Int("intermediate_size", 4, 1 << 18);
        int vocab = reader.Int("vocab_size", 1, 1 << 22);
        reader.Expect("num_key_value_heads", heads % kvHeads == 0, $"expected a divisor of num_attention_heads ({heads}), found {kvHeads}");
        reader.Expect("head_dim", headDim >= 2 && headDim % 2 == 0, $"expected an even number from 2 up, found {headDim}");
        // Four ternary weights share a byte, so every matrix's input width must be a multiple of four.
        reader.Expect("hidden_size", hidden % 4 == 0, $"expected a multiple of 4, found {hidden}");
        reader.Expect("intermediate_size", intermediate % 4 == 0, $"expected a multiple of 4, found {intermediate}");
        reader.Expect("head_dim", heads * headDim % 4 == 0, $"expected heads * head_dim to be a multiple of 4, found {heads * headDim}");
        return new Widths(vocab, hidden, heads, kvHeads, headDim, intermediate);
    }

    internal readonly record struct Widths(int Vocab, int Hidden, int Heads, int KvHeads, int HeadDim, int Intermediate);

    private static LayerAttention[] ReadLayers(ConfigReader reader)
    {
        int count = reader.Int("num_hidden_layers", 1, 1024);
        string[] types = reader.Strings("layer_types") ?? Enumerable.Repeat("full_attention", count).ToArray();
        reader.Expect("layer_types", types.Length == count, $"expected {count} entries (num_hidden_layers), found {types.Length}");
        int[] withoutRope = reader.Ints("no_rope_layers") ?? [];
        reader.Expect("no_rope_layers", withoutRope.All(i => i >= 0 && i < count), $"expected layer numbers from 0 to {count - 1}");
        var layers = new LayerAttention[count];
        for (int i = 0; i < count; i++)
        {
            bool sliding = types[i] == "sliding_attention";
            reader.Expect("layer_types", sliding || types[i] == "full_attention",
                $"expected 'sliding_attention' or 'full_attention' for layer {i}, found '{SafetensorsHeader.Shorten(types[i])}'");
            int window = sliding ? reader.Int("sliding_window", 1, 1 << 24) : int.MaxValue;
            layers[i] = new LayerAttention(window, !withoutRope.Contains(i));
        }

        return layers;
    }

    private static PromptTokens ReadPromptTokens(ConfigReader reader, int vocab)
    {
        int Id(string key) => reader.Int(key, -1, vocab - 1, -1);
        return new PromptTokens(Id("fim_prefix_token_id"), Id("fim_suffix_token_id"), Id("fim_middle_token_id"), Id("fim_pad_token_id"),
            Id("repo_name_token_id"), Id("file_sep_token_id"), Id("eos_token_id"));
    }
}
