using System.Security.Cryptography;

namespace Tritter.Inference.Model;

/// <summary>
/// A low-rank adapter (LoRA) of a model, as PEFT saves it: adapter_config.json and adapter_model.safetensors. Computed in float beside the
/// ternary matrices, which stay packed; activations are rounded to int8 before both. Immutable; belongs to the engine that loaded it.
/// </summary>
public sealed class Adapter : IDisposable
{
    private const string Prefix = "base_model.model.";

    /// <summary>Modules that an adapter may target, in the order of <see cref="LayerAdapter"/>.</summary>
    private static readonly string[] _modules = ["attention.q_proj", "attention.k_proj", "attention.v_proj", "attention.o_proj", "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"];

    private Adapter(string name, IReadOnlyList<LayerAdapter> layers, int maxRank, byte[] checksum) => (Name, Layers, MaxRank, Checksum) = (name, layers, maxRank, checksum);

    /// <summary>The folder's name.</summary>
    public string Name { get; }

    internal IReadOnlyList<LayerAdapter> Layers { get; }

    internal int MaxRank { get; }

    /// <summary>SHA-256 of both files.</summary>
    internal byte[] Checksum { get; }

    /// <exception cref="ModelFormatException">A file is missing or damaged, or the adapter is of another model or kind.</exception>
    internal static Adapter Load(string directory, ModelConfig config)
    {
        string configPath = Path.Combine(directory, "adapter_config.json");
        float scale;
        using (var json = ConfigReader.Parse(configPath))
        {
            var reader = new ConfigReader(configPath, json.RootElement);
            reader.Require("peft_type", "LORA");
            reader.RequireIfPresent("bias", "none");
            reader.RequireIfPresent("use_dora", false);
            reader.RequireIfPresent("fan_in_fan_out", false);
            int r = reader.Int("r", 1, 4096);
            float alpha = reader.Float("lora_alpha", 1e-6f, 1e6f, 8);
            scale = alpha / (reader.Bool("use_rslora", false) ? MathF.Sqrt(r) : r);
        }

        string path = Path.Combine(directory, "adapter_model.safetensors");
        using SafetensorsFile file = SafetensorsFile.Open(path);
        var layers = new List<LayerAdapter>();
        try
        {
            for (int i = 0; i < config.Layers.Count; i++)
            {
                LowRankWeights?[] parts = [.. _modules.Select((module, m) => Read(file, $"{Prefix}model.layers.{i}.{module}", Rows(config, m), Columns(config, m), scale))];
                layers.Add(new LayerAdapter(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], parts[6]));
            }

            file.ExpectAllRead(config.Layers.Count);
            int maxRank = layers.SelectMany(l => l.All).Select(w => w.Rank).DefaultIfEmpty(0).Max();
            return new Adapter(Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory))), layers, maxRank, file.Checksum(SHA256.HashData(File.ReadAllBytes(configPath))));
        }
        catch
        {
            layers.SelectMany(l => l.All).ToList().ForEach(w => w.Dispose());
            throw;
        }
    }

    public void Dispose() => Layers.SelectMany(l => l.All).ToList().ForEach(w => w.Dispose());

    private static LowRankWeights? Read(SafetensorsFile file, string name, int rows, int columns, float scale)
    {
        string a = name + ".lora_A.weight";
        if (!file.Contains(a))
        {
            return null;
        }

        // The rank may differ from matrix to matrix, and the file knows it.
        int rank = (int)Math.Clamp(file.Tensors.First(t => t.Name == a).Shape[0], 1, 4096);
        return new LowRankWeights(file.Widened(a, rank, columns), file.Widened(name + ".lora_B.weight", rows, rank), rank, rows, columns, scale);
    }

    private static int Rows(ModelConfig config, int module) => module switch
    {
        0 => config.QuerySize,
        1 or 2 => config.KvSize,
        3 or 6 => config.HiddenSize,
        _ => config.IntermediateSize,
    };

    private static int Columns(ModelConfig config, int module) => module switch
    {
        3 => config.QuerySize,
        6 => config.IntermediateSize,
        _ => config.HiddenSize,
    };
}
