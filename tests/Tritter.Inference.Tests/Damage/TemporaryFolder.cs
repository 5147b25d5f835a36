using System.Text.Json.Nodes;

namespace Tritter.Inference.Tests.Damage;

/// <summary>A folder that goes when the test ends, with a small model to damage.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private static readonly byte[] _weights = File.ReadAllBytes(Path.Combine(TinyModel.Folder, "model.safetensors"));
    private static readonly string _config = File.ReadAllText(Path.Combine(TinyModel.Folder, "config.json"));

    private TemporaryFolder()
    {
    }

    public string Root { get; } = Directory.CreateTempSubdirectory("tritter-test-").FullName;

    public string Config => Path.Combine(Root, "config.json");

    public string Weights => Path.Combine(Root, "model.safetensors");

    public string Tokenizer => Path.Combine(Root, "tokenizer.json");

    public string GenerationConfig => Path.Combine(Root, "generation_config.json");

    public static TemporaryFolder Empty() => new();

    /// <summary>All four files of a model that loads: the tiny one, and a tokenizer of bytes and a few merges.</summary>
    public static TemporaryFolder WithModel()
    {
        var folder = new TemporaryFolder();
        File.WriteAllText(folder.Config, _config);
        File.WriteAllBytes(folder.Weights, _weights);
        File.WriteAllText(folder.Tokenizer, SmallTokenizer.Json().ToJsonString());
        File.WriteAllText(folder.GenerationConfig, """{"eos_token_id": [0], "stop_token_ids": [0, 5]}""");
        return folder;
    }

    /// <summary>Sets a key to a JSON value, or removes it when the value is null.</summary>
    public static void Change(string path, string key, string? value)
    {
        JsonObject json = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        json.Remove(key);
        string text = json.ToJsonString();
        // Written by hand, as a JsonNode refuses the values that harm.
        File.WriteAllText(path, value is null ? text : $"{text[..^1]}, \"{key}\": {value}}}");
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
