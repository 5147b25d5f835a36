using System.Text.Json;

namespace Tritter.Server.Tests.CommandLine;

public sealed class ChunksTests : IDisposable
{
    private readonly SourceFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task EveryChunkHasItsLinesKindAndSymbolAboveIt()
    {
        _folder.Write("a.cs", "using System;\n\nclass Box\n{\n}\n");

        TritterRun run = await TritterRun.StartAsync(["chunks", "a.cs"], _folder.Path);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("── 1–1 Imports", run.Out);
        Assert.Contains("── 2–5 Type Box", run.Out);
    }

    [Fact]
    public async Task TheTextsOfTheJsonLinesAreTheFile()
    {
        const string Text = "class A\n{\n    int One() => 1;\n\n    int Two() => 2;\n}\n";
        _folder.Write("a.cs", Text);

        TritterRun run = await TritterRun.StartAsync(["chunks", "a.cs", "--json", "--max-tokens", "10"], _folder.Path);

        string[] texts = [.. run.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("text").GetString()!)];
        Assert.Equal(Text, string.Concat(texts));
        Assert.True(texts.Length > 1);
    }

    [Fact]
    public async Task ABudgetBelowOneIsRefused()
    {
        TritterRun run = await TritterRun.StartAsync(["chunks", "a.cs", "--max-tokens", "0"], _folder.Path);

        run.AssertFailed(2, "--max-tokens must be at least 1, not 0");
    }
}
