using System.Globalization;
using System.Text.Json;
using Tritter.Core.Evaluation;

namespace Tritter.Server.Tests.CommandLine;

public sealed class EvalNeedleTests : IDisposable
{
    private readonly SourceFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task ValuesThatThePromptDefinesAreLikelierThanThoseThatNothingTells()
    {
        foreach (int i in Enumerable.Range(0, 12))
        {
            _folder.Write($"Shape{i}.cs", string.Create(CultureInfo.InvariantCulture, $"namespace Shapes;\n\npublic sealed class Shape{i}\n{{\n    public double Area(double side) => side * side * {i};\n\n    public string Name => \"shape {i}\";\n}}\n"));
        }

        TritterRun run = await TritterRun.StartAsync(["eval", "needle", ".", "--lengths", "640", "--depths", "0", "1", "--n", "3", "--json"], _folder.Path, ("TRITTER_MODEL", Checkout.EmbeddedModel));

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        JsonElement[] reports = [.. JsonDocument.Parse(run.Out).RootElement.EnumerateArray()];
        Assert.Equal(3, reports.Length);
        Assert.Equal(JsonValueKind.Null, reports[0].GetProperty("depth").ValueKind);
        Assert.Equal(0, reports[0].GetProperty("exact").GetInt32());
        Assert.True(reports[1].GetProperty("depth").GetDouble() > 0.5);
        Assert.Equal(0, reports[2].GetProperty("depth").GetDouble());
        Assert.All(reports, report => Assert.Equal("processor: as asked for", report.GetProperty("device").GetString()));
        // What stands before the needle had been read without it.
        Assert.True(reports[1].GetProperty("computedTokens").GetInt32() < reports[2].GetProperty("computedTokens").GetInt32());
        foreach (JsonElement hidden in reports[1..])
        {
            Assert.InRange(hidden.GetProperty("tokens").GetInt32(), 500, 640);
            Assert.True(hidden.GetProperty("logProbability").GetDouble() > reports[0].GetProperty("logProbability").GetDouble() + 1);
        }
    }

    [Theory]
    [InlineData("--lengths takes 512 to 131072 tokens", "--lengths", "100")]
    [InlineData("there is no folder", "--lengths", "640", "missing")]
    [InlineData("take a larger repository", "--lengths", "8192")]
    public async Task WhatCannotBeMeasuredIsRefusedInOneLine(string part, params string[] arguments)
    {
        _folder.Write("Only.cs", "public sealed class Only;\n");
        string folder = arguments.Contains("missing") ? "missing" : ".";
        TritterRun run = await TritterRun.StartAsync(["eval", "needle", folder, .. arguments.Where(a => a != "missing")], _folder.Path, ("TRITTER_MODEL", Checkout.EmbeddedModel));
        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains(part, run.Error);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
    }

    [Fact]
    public void NeedlesHaveNamesAndValuesOfTheirOwnAndTheQuestionEndsWhereTheValueIsToCome()
    {
        Needle[] needles = Needle.Draw(seed: 3, count: 100);
        Assert.Equal(100, needles.Select(n => n.Name).Distinct().Count());
        Assert.Equal(100, needles.Select(n => n.Value).Distinct().Count());
        Assert.Equal(needles, Needle.Draw(3, 100));
        Assert.NotEqual(needles, Needle.Draw(4, 100));
        string file = Needle.File(needles[..2]);
        Assert.Contains($"    public const int {needles[0].Name} = {needles[0].Value};\n", file);
        Assert.EndsWith($"public const int {needles[0].Name} =", needles[0].Question);
        Assert.DoesNotContain(needles[0].Value, needles[0].Question);
    }
}
