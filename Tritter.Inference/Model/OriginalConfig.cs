namespace Tritter.Inference.Model;

/// <summary>The config.json of a checkpoint of the original Python library, whose model_type is ours, too: it alone names an activation_function.</summary>
internal static class OriginalConfig
{
    public static bool IsIt(ConfigReader reader) => reader.Is("activation_function", "squared_relu");

    /// <exception cref="ModelFormatException">The file describes a model that Tritter does not run.</exception>
    public static ModelConfig Read(ConfigReader reader)
    {
        reader.RequireIfPresent("use_bitnet", true);
        reader.RequireIfPresent("use_qk_norm", true);
        reader.RequireIfPresent("tie_word_embeddings", false);
        ModelConfig.Widths widths = ModelConfig.ReadWidths(reader);
        int end = reader.Int("eos_token_id", -1, widths.Vocab - 1, -1);
        // Flags of windows and sinks are in these files, and change nothing there: every layer sees everything before it.
        return BitNetConfig.Make(
            widths,
            reader.Int("num_hidden_layers", 1, 1024),
            reader.Float("layer_norm_eps", 1e-12f, 1f, 1e-5f),
            reader.Float("rope_theta", 1f, 1e12f, 500000f),
            reader.Int("max_position_embeddings", 1, 1 << 24, 2048),
            end,
            tiedHead: false) with
        {
            Form = BlockForm.Original,
        };
    }
}
