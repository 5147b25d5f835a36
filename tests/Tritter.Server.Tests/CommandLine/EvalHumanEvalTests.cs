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
        if (PythonSandbox.Find(TimeSpan.FromSeconds(5)) is not null)
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
    [InlineData("x = 1\n", (int)ProgramEnd.Passed)]
    [InlineData("assert 1 == 2\n", (int)ProgramEnd.Failed)]
    [InlineData("print('a' * 10_000_000)\n", (int)ProgramEnd.Passed)]
    [InlineData("input()\n", (int)ProgramEnd.Failed)]
    [InlineData("while True: pass\n", (int)ProgramEnd.TimedOut)]
    public async Task AProgramEndsAsItsTestsSay(string program, int expected)
    {
        PythonSandbox? sandbox = PythonSandbox.Find(TimeSpan.FromSeconds(10));
        Assert.SkipWhen(sandbox is null, "python3 is not installed");

        Assert.Equal((ProgramEnd)expected, await sandbox!.RunAsync(program, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task AProgramGetsNoMoreMemoryThanItsLimit()
    {
        PythonSandbox? sandbox = PythonSandbox.Find(TimeSpan.FromSeconds(30));
        Assert.SkipUnless(sandbox?.Description.Contains("memory limit 1024 MB", StringComparison.Ordinal) ?? false, "no memory limit here");

        Assert.Equal(ProgramEnd.Failed, await sandbox!.RunAsync("x = bytearray(3 << 30)\n", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task AProgramReachesNoNetwork()
    {
        PythonSandbox? sandbox = PythonSandbox.Find(TimeSpan.FromSeconds(30));
        Assert.SkipUnless(sandbox?.Description.Contains("no network", StringComparison.Ordinal) ?? false, "the network cannot be cut off here");
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        int port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;

        Assert.Equal(ProgramEnd.Failed, await sandbox!.RunAsync($"import socket\nsocket.create_connection(('127.0.0.1', {port}), 2)\n", TestContext.Current.CancellationToken));
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
