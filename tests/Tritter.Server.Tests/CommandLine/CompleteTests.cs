using System.Diagnostics;
using System.Text.Json;

namespace Tritter.Server.Tests.CommandLine;

public sealed class CompleteTests : IDisposable
{
    private const string Source = """
        public static int Add(int left, int right)
        {
            return $0;
        }
        """;

    private readonly SourceFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task TheLineIsPrintedWithTheSuggestionAndThenItsCost()
    {
        string place = _folder.Add("a.cs", Source);

        TritterRun run = await TritterRun.StartAsync(["complete", place, "--max-tokens", "8"], _folder.Path);

        Assert.Empty(run.Error);
        Assert.Equal(0, run.ExitCode);
        Assert.Matches(@"^    return ⟨[^⟩]+⟩;\r?\n", run.Out);
        Assert.Matches(@"\n\d+ prompt tokens \(\d+ cached\), prefill \d+ ms, \d+ tokens in \d+ ms, [\d.]+ tokens/s\r?\n$", run.Out);
    }

    [Fact]
    public async Task WithoutMemoryForTheWeightsTheSuggestionIsTheSame()
    {
        string place = _folder.Add("a.cs", Source);

        TritterRun whole = await TritterRun.StartAsync(["complete", place, "--max-tokens", "8"], _folder.Path);
        TritterRun streamed = await TritterRun.StartAsync(["complete", place, "--max-tokens", "8", "--memory-budget-gb", "0.01"], _folder.Path);

        Assert.Equal(0, streamed.ExitCode);
        Assert.Equal(whole.Out.Split('\n')[0], streamed.Out.Split('\n')[0]);
        Assert.Matches(@"^tritter: \d of 12 layers are in memory, \d+ are read from the file as they are computed: ternary weights of 0\.0\d\d GB, memory for 0\.010 GB\r?\n$", streamed.Error);
    }

    [Fact]
    public async Task JsonIsOneObjectALineForEachPlace()
    {
        string[] places = [_folder.Add("a.cs", Source), _folder.Add("b.py", "def add(left, right):\n    return $0\n")];

        TritterRun run = await TritterRun.StartAsync(["complete", .. places, "--json", "--max-tokens", "8", "--repo", "someone/something"], _folder.Path);

        Assert.Equal(0, run.ExitCode);
        string[] lines = run.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(places.Length, lines.Length);
        for (int i = 0; i < lines.Length; i++)
        {
            using JsonDocument json = JsonDocument.Parse(lines[i]);
            JsonElement report = json.RootElement;
            Assert.Equal(places[i], $"{report.GetProperty("file")}:{report.GetProperty("line")}:{report.GetProperty("column")}");
            Assert.Equal("tritter-100m", report.GetProperty("model").GetString());
            Assert.InRange(report.GetProperty("promptTokens").GetInt32(), 1, 1000);
            Assert.InRange(report.GetProperty("generatedTokens").GetInt32(), 1, 8);
            Assert.InRange(report.GetProperty("cachedTokens").GetInt32(), 0, report.GetProperty("promptTokens").GetInt32());
            double total = report.GetProperty("totalMs").GetDouble();
            Assert.InRange(report.GetProperty("prefillMs").GetDouble() + report.GetProperty("decodeMs").GetDouble(), 0, total + 1);
            Assert.Equal(report.GetProperty("text").GetString() is "", report.GetProperty("reason").ValueKind == JsonValueKind.String);
        }
    }

    [Fact]
    public async Task WholeFilesAreReadOnceAndRestoredInTheNextRun_AndOtherwiseReadAnew()
    {
        string place = _folder.Add("a.cs", Source);
        _folder.Write("Total.cs", string.Concat(Enumerable.Range(0, 40).Select(i => $"public static class Total{i} {{ public static int Of(int left) => left + {i}; }}\n")));
        async Task<JsonElement> RunAsync()
        {
            TritterRun run = await TritterRun.StartAsync(
                ["complete", place, "--json", "--max-tokens", "4", "--context-tokens", "4000"], _folder.Path, ("TRITTER_CACHE", Path.Combine(_folder.Path, ".cache")));
            Assert.Equal((0, ""), (run.ExitCode, run.Error));
            return JsonDocument.Parse(run.Out).RootElement;
        }

        JsonElement cold = await RunAsync();
        JsonElement warm = await RunAsync();
        _folder.Write("Total.cs", "public static class Total;");
        JsonElement changed = await RunAsync();

        int Number(JsonElement report, string name) => report.GetProperty(name).GetInt32();
        Assert.Equal((0, 0), (Number(cold, "restoredTokens"), Number(changed, "restoredTokens")));
        Assert.InRange(Number(warm, "restoredTokens"), 500, Number(warm, "promptTokens"));
        Assert.Equal((Number(cold, "promptTokens"), cold.GetProperty("text").GetString()), (Number(warm, "promptTokens"), warm.GetProperty("text").GetString()));
        Assert.InRange(Number(changed, "promptTokens"), 1, 500);
    }

    [Fact]
    public async Task AFileThatIsNotThereIsAFailure()
    {
        TritterRun run = await TritterRun.StartAsync(["complete", "missing.cs:1:1"], _folder.Path);

        run.AssertFailed(1, $"there is no file missing.cs; paths are relative to {_folder.Path}");
    }

    [Fact]
    public async Task EveryPlaceIsCheckedBeforeAnyIsAnswered()
    {
        string place = _folder.Add("a.cs", Source);

        TritterRun run = await TritterRun.StartAsync(["complete", place, "a.cs:99:1"], _folder.Path);

        run.AssertFailed(2, "a.cs has no line 99; it has lines 1 to 4");
    }

    [Fact]
    public async Task AModelFolderThatIsNotThereSaysHowToNameOne()
    {
        string place = _folder.Add("a.cs", Source);
        string missing = Path.Combine(_folder.Path, "missing");

        TritterRun run = await TritterRun.StartAsync(["complete", place, "--model", missing], _folder.Path);

        run.AssertFailed(1, $"there is no model in {missing}; name a folder with a model by --model DIR or TRITTER_MODEL");
    }

    [Fact]
    public async Task ASignalEndsItCleanly()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there is no signal to send to another process");
        string place = _folder.Add("a.cs", Source);
        CancellationToken late = new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token;
        using Process process = TritterRun.Start(["complete", .. Enumerable.Repeat(place, 1000)], _folder.Path);

        await process.StandardOutput.ReadLineAsync(late);
        using Process kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
        // What it printed meanwhile has to be read, or it would wait for room in the pipe.
        await process.StandardOutput.ReadToEndAsync(late);
        await process.WaitForExitAsync(late);

        Assert.Equal(1, process.ExitCode);
        Assert.Equal("tritter: cancelled", (await process.StandardError.ReadToEndAsync(late)).TrimEnd());
    }
}
