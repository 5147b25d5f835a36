using System.IO.Compression;
using System.Text.Json;
using Tritter.Server.Evaluations;

namespace Tritter.Server.Tests.CommandLine;

public sealed class EvalHumanEvalTests : IDisposable
{
    private readonly SourceFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static readonly (string Name, string Prompt, string Line, string Suffix, string Test)[] _problems =
    [
        ("add", "def add(a, b):\n    \"\"\"Adds two numbers.\"\"\"\n", "    return a + b\n", "", "def check(candidate):\n    assert candidate(1, 2) == 3\n"),
        ("total", "def total(numbers):\n    result = 0\n    for number in numbers:\n", "        result += number\n", "    return result\n", "def check(candidate):\n    assert candidate([1, 2, 3]) == 6\n"),
        ("largest", "def largest(numbers):\n    best = numbers[0]\n    for number in numbers:\n        if number > best:\n", "            best = number\n", "    return best\n", "def check(candidate):\n    assert candidate([1, 3, 2]) == 3\n"),
    ];

    [Fact]
    public async Task EveryProblemIsFilledInAndItsTestsAreRun()
    {
        Write("problems.jsonl.gz");

        TritterRun run = await TritterRun.StartAsync(["eval", "humaneval-infilling", "problems.jsonl.gz", "--json"], _folder.Path, ("TRITTER_MODEL", Checkout.EmbeddedModel));

        JsonElement report = JsonDocument.Parse(run.Out).RootElement;
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(_problems.Length, report.GetProperty("problems").GetInt32());
        Assert.InRange(report.GetProperty("answered").GetDouble(), 0.3, 1);
        // Null, with the reason on standard error, where programs cannot be run.
        if (run.Error.Length == 0)
        {
            Assert.InRange(report.GetProperty("passAt1").GetDouble(), report.GetProperty("exact").GetDouble(), 1);
        }
    }

    [Fact]
    public async Task AFileThatHoldsNoProblemsIsRefused()
    {
        _folder.Write("a.jsonl", "{\"task_id\": \"x\"}\n");

        TritterRun run = await TritterRun.StartAsync(["eval", "humaneval-infilling", "a.jsonl"], _folder.Path);

        run.AssertFailed(1, "a.jsonl:1 is no problem: expected an object with task_id, entry_point, prompt, suffix, canonical_solution and test");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void AProblemsProgramIsItsPartsInOrder(int index)
    {
        (string name, string prompt, string line, string suffix, string test) = _problems[index];

        string program = new HumanEvalProblem("x", name, prompt, suffix, line, test).Program(line);

        Assert.Equal($"{prompt}{line}{suffix}\n\n{test}\n\ncheck({name})\n", program);
    }

    private void Write(string name)
    {
        using FileStream file = File.Create(Path.Combine(_folder.Path, name));
        using var zip = new GZipStream(file, CompressionLevel.Fastest);
        using var writer = new StreamWriter(zip);
        foreach ((string entry, string prompt, string line, string suffix, string test) in _problems)
        {
            writer.WriteLine(JsonSerializer.Serialize(new Dictionary<string, string>
            {
                ["task_id"] = "SingleLineInfilling/" + entry,
                ["entry_point"] = entry,
                ["prompt"] = prompt,
                ["suffix"] = suffix,
                ["canonical_solution"] = line,
                ["test"] = test,
            }));
        }
    }
}
