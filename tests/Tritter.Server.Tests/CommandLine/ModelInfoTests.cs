using System.Text.Json;

namespace Tritter.Server.Tests.CommandLine;

public sealed class ModelInfoTests : IDisposable
{
    private readonly SourceFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // No test here names a number of the embedded model: better weights of other shapes follow.
    [Fact]
    public async Task TheDefaultModelIsFoundAboveTheExecutable()
    {
        TritterRun run = await TritterRun.StartAsync(["model", "info"], _folder.Path);

        Assert.Empty(run.Error);
        Assert.Equal(0, run.ExitCode);
        Assert.Matches(@"^tritter-100m in .*tritter-100m\r?\n", run.Out);
        Assert.Matches(@"bits per weight", run.Out);
        Assert.Matches(@"KV cache .* at 4K, .* at 32K, .* at 128K", run.Out);
    }

    [Fact]
    public async Task JsonCountsWhatTheConfigurationSays()
    {
        _folder.Write("config.json", Config);
        _folder.Write("model.safetensors", new byte[1000]);

        TritterRun run = await TritterRun.StartAsync(["model", "info", "--json"], environment: ("TRITTER_MODEL", _folder.Path));

        using JsonDocument json = JsonDocument.Parse(run.Out);
        JsonElement root = json.RootElement;
        Assert.Equal(2 * (2 * 16 * 16 + 2 * 16 * 8 + 3 * 16 * 32), root.GetProperty("ternaryParameters").GetInt32());
        Assert.Equal(64 * 16, root.GetProperty("embeddingParameters").GetInt32());
        Assert.Equal(2 * (3 * 16 + 2 * 4 + 16 + 32) + 16, root.GetProperty("normParameters").GetInt32());
        Assert.Equal(1000, root.GetProperty("weightsBytes").GetInt32());
        Assert.Equal(2, root.GetProperty("shape").GetProperty("layers").GetInt32());
        Assert.Equal(8, root.GetProperty("shape").GetProperty("slidingWindow").GetInt32());
        Assert.Equal([4096, 32768, 131072], root.GetProperty("kvCache").EnumerateArray().Select(c => c.GetProperty("positions").GetInt32()));
    }

    [Fact]
    public async Task AFolderWithoutAModelSaysHowToNameOne()
    {
        TritterRun run = await TritterRun.StartAsync(["model", "info", _folder.Path]);

        run.AssertFailed(1, $"{_folder.Path} is no model folder: it has neither config.json nor exactly one .gguf file; name a folder with a model by --model DIR or TRITTER_MODEL");
    }

    [Fact]
    public async Task AMissingFolderSaysHowToNameOne()
    {
        string missing = Path.Combine(_folder.Path, "missing");

        TritterRun run = await TritterRun.StartAsync(["model", "info"], environment: ("TRITTER_MODEL", missing));

        run.AssertFailed(1, $"there is no model in {missing}; name a folder with a model by --model DIR or TRITTER_MODEL");
    }

    [Fact]
    public async Task AModelOfAnotherKindIsRefusedInOneLine()
    {
        _folder.Write("config.json", """{ "model_type": "llama" }""");

        TritterRun run = await TritterRun.StartAsync(["model", "info", _folder.Path]);

        string file = Path.Combine(_folder.Path, "config.json");
        run.AssertFailed(1, $"the model cannot be used: {file}: model_type: expected 'tritter', found \"llama\"");
    }

    private const string Config = """
        {
          "model_type": "tritter", "hidden_act": "relu2", "vocab_size": 64, "hidden_size": 16, "num_hidden_layers": 2,
          "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 4, "intermediate_size": 32,
          "layer_types": ["sliding_attention", "full_attention"], "sliding_window": 8
        }
        """;
}
