namespace Tritter.Inference.Model.Gguf;

/// <summary>The shape of a BitNet b1.58 model in a GGUF file's settings.</summary>
internal static class GgufConfig
{
    /// <summary>What converters call BitNet b1.58 with squared ReLU; the older "bitnet" has SiLU.</summary>
    private static readonly string[] _architectures = ["bitnet-b1.58", "bitnet-25"];

    /// <exception cref="ModelFormatException">The file holds another kind of model.</exception>
    public static ModelConfig Read(GgufFile file)
    {
        GgufSettings settings = file.Settings;
        string architecture = settings.Text("general.architecture") ?? "";
        if (!_architectures.Contains(architecture))
        {
            throw new ModelFormatException(file.Path, $"general.architecture: expected {string.Join(" or ", _architectures)}, found '{SafetensorsHeader.Shorten(architecture)}'");
        }

        int Size(string key, int min, int max, int? otherwise = null) => settings.Int($"{architecture}.{key}", min, max, otherwise);
        int hidden = Size("embedding_length", 4, 1 << 16);
        int heads = Size("attention.head_count", 1, 1024);
        int kvHeads = Size("attention.head_count_kv", 1, heads, heads);
        int headDim = Size("attention.key_length", 2, 1024, Size("rope.dimension_count", 2, 1024, hidden / heads));
        int intermediate = Size("feed_forward_length", 4, 1 << 18);
        int vocab = Size("vocab_size", 1, 1 << 22, settings.Texts("tokenizer.ggml.tokens")?.Length);
        if (heads % kvHeads != 0 || headDim % 2 != 0 || hidden % 4 != 0 || intermediate % 4 != 0 || heads * headDim % 4 != 0)
        {
            throw new ModelFormatException(file.Path, $"the sizes do not fit each other: hidden {hidden}, feed-forward {intermediate}, {heads} heads of {headDim}, {kvHeads} of keys");
        }

        return BitNetConfig.Make(
            new ModelConfig.Widths(vocab, hidden, heads, kvHeads, headDim, intermediate),
            Size("block_count", 1, 1024),
            settings.Float($"{architecture}.attention.layer_norm_rms_epsilon", 1e-12f, 1f, 1e-5f),
            settings.Float($"{architecture}.rope.freq_base", 1f, 1e12f, 500000f),
            Size("context_length", 1, 1 << 24, 4096),
            settings.Int("tokenizer.ggml.eos_token_id", -1, vocab - 1, -1),
            tiedHead: !file.Contains("output.weight"));
    }
}
