using System.Text.Json;
using Tritter.Inference.Model;

namespace Tritter.Inference.Generation;

/// <summary>What generation_config.json says.</summary>
/// <param name="StopTokens">Ids that end a text.</param>
public sealed record GenerationDefaults(IReadOnlySet<int> StopTokens)
{
    public Rounding Rounding { get; init; }

    /// <exception cref="ModelFormatException">The file is damaged. A missing file leaves the end-of-text token of config.json.</exception>
    public static GenerationDefaults Load(string path, ModelConfig config)
    {
        var stop = new HashSet<int>();
        if (config.PromptTokens.EndOfText >= 0)
        {
            stop.Add(config.PromptTokens.EndOfText);
        }

        if (!File.Exists(path))
        {
            return new GenerationDefaults(stop);
        }

        using JsonDocument json = ConfigReader.Parse(path);
        var reader = new ConfigReader(path, json.RootElement);
        foreach (string key in new[] { "eos_token_id", "stop_token_ids" })
        {
            int[] ids = reader.IntOrInts(key) ?? [];
            reader.Expect(key, ids.All(id => id >= 0 && id < config.VocabSize), $"expected ids from 0 to {config.VocabSize - 1}");
            stop.UnionWith(ids);
        }

        return new GenerationDefaults(stop) { Rounding = ReadRounding(reader) };
    }

    private static Rounding ReadRounding(ConfigReader reader)
    {
        reader.RequireIfPresent("rounding", "knn");
        if (!reader.Is("rounding", "knn"))
        {
            return Rounding.Logits;
        }

        if (reader.Is("rounding_metric", "l2"))
        {
            return Rounding.NearestByDistance;
        }

        reader.RequireIfPresent("rounding_metric", "cosine");
        return Rounding.NearestByCosine;
    }
}
