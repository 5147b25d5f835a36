namespace Tritter.Server.Tests.CommandLine;

public sealed class ModelAddTests : IDisposable
{
    private readonly SourceFolder _folder = new();

    private static string BitNet { get; } = Path.Combine(Checkout.Root, "tests", "fixtures", "hf-bitnet-tied-online");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task AModelIsAddedListedUsedAndForgotten()
    {
        TritterRun empty = await Run("model", "list");
        TritterRun added = await Run("model", "add", Checkout.EmbeddedModel, "--name", "mine");
        TritterRun listed = await Run("model", "list");
        TritterRun used = await Run("model", "info", "mine");
        TritterRun removed = await Run("model", "remove", "mine");
        TritterRun gone = await Run("model", "remove", "mine");

        Assert.Contains("No model has a name yet", empty.Out, StringComparison.Ordinal);
        Assert.Matches(@"^mine: \d+\.\dM parameters in .*tritter-100m; completes code, does not chat\r?\n$", added.Out);
        Assert.Equal($"mine  {Checkout.EmbeddedModel}", listed.Out.TrimEnd());
        Assert.Contains("bits per weight", used.Out, StringComparison.Ordinal);
        Assert.Equal((0, ""), (removed.ExitCode, removed.Error));
        gone.AssertFailed(1, "no model is called 'mine'; see 'tritter model list'");
    }

    [Theory]
    [InlineData("a/b")]
    [InlineData("..")]
    public async Task ANameThatLooksLikeAPathIsRefused(string name) =>
        (await Run("model", "add", Checkout.EmbeddedModel, "--name", name)).AssertFailed(2, $"'{name}' is no name for a model: a name has no separators, so that it cannot be taken for a path");

    [Fact]
    public async Task WhatIsNoModelIsNotAdded()
    {
        (await Run("model", "add", _folder.Path)).AssertFailed(1, $"there is no model in {_folder.Path}: expected a folder with config.json, or a .gguf file");
        // This one has weights, but no tokenizer: it could not be used.
        TritterRun run = await Run("model", "add", BitNet);
        Assert.StartsWith($"tritter: the model cannot be used: {Path.Combine(BitNet, "tokenizer.json")}", run.Error, StringComparison.Ordinal);
        Assert.Empty((await Run("model", "list", "--json")).Out.Trim('{', '}', '\n', '\r'));
    }

    [Fact]
    public async Task ADamagedListIsNamed()
    {
        _folder.Write("models.json", "[");
        (await Run("model", "list")).AssertFailed(1, $"{Path.Combine(_folder.Path, "models.json")} is damaged: expected a JSON object of names and paths; mend or delete it");
    }

    private Task<TritterRun> Run(params string[] arguments) => TritterRun.StartAsync(arguments, _folder.Path, ("TRITTER_CONFIG", _folder.Path));
}
