namespace Tritter.Inference.Model;

/// <summary>The config.json of a BitNet b1.58 model as Hugging Face's transformers writes it (BitNetForCausalLM).</summary>
internal static class BitNetConfig
{
    public const string ModelType = "bitnet";

    /// <exception cref="ModelFormatException">The file describes a model that Tritter does not run.</exception>
    public static ModelConfig Read(ConfigReader reader)
    {
        reader.Require("hidden_act", "relu2");
        reader.RequireIfPresent("attention_bias", false);
        ModelConfig.Widths widths = ModelConfig.ReadWidths(reader);
        // Newer files keep rotary settings in an object of their own.
        ConfigReader rope = reader.Object("rope_parameters") ?? reader.Object("rope_scaling") ?? reader;
        if (rope != reader)
        {
            rope.RequireIfPresent("rope_type", "default");
        }

        int[] ends = reader.IntOrInts("eos_token_id") ?? [];
        reader.Expect("eos_token_id", ends.All(id => id >= 0 && id < widths.Vocab), $"expected ids from 0 to {widths.Vocab - 1}");
        return Make(
            widths,
            reader.Int("num_hidden_layers", 1, 1024),
            reader.Float("rms_norm_eps", 1e-12f, 1f, 1e-5f),
            rope.Float("rope_theta", 1f, 1e12f, reader.Float("rope_theta", 1f, 1e12f, 500000f)),
            reader.Int("max_position_embeddings", 1, 1 << 24, 4096),
            ends.Length > 0 ? ends[0] : -1,
            reader.Bool("tie_word_embeddings", false));
    }

    /// <summary>A configuration of the given sizes: every layer attends to everything, rotated.</summary>
    public static ModelConfig Make(ModelConfig.Widths widths, int layers, float normEpsilon, float ropeTheta, int maxPositions, int endOfText, bool tiedHead) => new(
        widths.Vocab,
        widths.Hidden,
        widths.Heads,
        widths.KvHeads,
        widths.HeadDim,
        widths.Intermediate,
        normEpsilon,
        ropeTheta,
        1f / MathF.Sqrt(widths.HeadDim),
        maxPositions,
        Enumerable.Repeat(new LayerAttention(int.MaxValue, Rope: true), layers).ToArray(),
        new PromptTokens(-1, -1, -1, -1, -1, -1, endOfText))
    {
        Form = BlockForm.BitNet,
        TiedHead = tiedHead,
    };
}
