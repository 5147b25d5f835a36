using System.Text.Json;
using System.Text.Json.Nodes;
using Tritter.Server.CommandLine;

namespace Tritter.Server.Tests.CommandLine;

/// <summary>The built program, with the embedded model and a file that it recorded.</summary>
public sealed class ReplayTests(RecordedFile recorded) : IClassFixture<RecordedFile>, IDisposable
{
    /// <summary>What glibc then uses is the C code that it would choose on a processor without these: its fused multiply-add, for one.</summary>
    private const string OldProcessorsLibrary = "GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX512F,-AVX2,-AVX,-FMA,-FMA4";

    /// <summary>A value to replace in a record, by what, and what replaying it reports.</summary>
    private static readonly (string Path, string Value, string Report)[] _alterations =
    [
        ("steps.1.logits", "\"0123456789abcdef\"", @"differs at step 2: logits differ, token \d+ as before"),
        ("steps.1.token", "7", @"differs at step 2: token \d+ instead of 7, logits are the same"),
        ("steps.0", "{\"logits\": \"0123456789abcdef\", \"token\": 7}", @"differs at step 1: token \d+ instead of 7, logits differ"),
        ("prompt.0", "99", @"differs: prompt of \d+ instead of \d+ tokens, token 1 is \d+ instead of 99"),
        ("request.text", "\"class Box { }  // another text, long enough for the offset to lie in it, whatever it says\"", @"differs: prompt of \d+ instead of \d+ tokens, token \d+ is \d+ instead of \d+"),
        ("request.maxTokens", "2", "differs: at most 2 instead of 5 tokens"),
        ("options.typed", "\"\"", "differs: typed bytes [0-9a-f]+ instead of "),
        ("text", "\"漢字\"", @"differs: the same tokens, but the text of \d+ instead of 2 characters differs from character 1 on"),
        ("reason", "\"tired\"", "differs: the same tokens, but the reason is '[^']*' instead of 'tired'"),
        ("model.weights", "\"feed\"", @"differs: another model: tritter-100m has model\.safetensors with SHA-256 feed instead of [0-9a-f]{16}…"),
        ("request.offset", "-3", @"differs: damaged: request\.offset: expected 0 to \d+, found -3"),
    ];

    private readonly SourceFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("1")]
    [InlineData("2")]
    [InlineData("1", "DOTNET_EnableAVX512=0")]
    [InlineData("2", "DOTNET_EnableAVX512=0")]
    [InlineData("1", "DOTNET_EnableAVX2=0")]
    [InlineData("2", "DOTNET_EnableAVX2=0")]
    [InlineData("1", "DOTNET_EnableHWIntrinsic=0", OldProcessorsLibrary)]
    [InlineData("2", "DOTNET_EnableHWIntrinsic=0")]
    public async Task EveryCompletionIsTheSameWhateverTheProcessorCanDo(string threads, params string[] switches)
    {
        (string, string)[] environment = [.. switches.Select(s => s.Split('=', 2)).Select(s => (s[0], s[1]))];

        TritterRun run = await ReplayAsync(recorded.Lines, ["--threads", threads], environment);

        Assert.Empty(run.Error);
        Assert.Matches(@"^r\.jsonl:1 a\.cs: same, \d tokens\r?\nr\.jsonl:2 b\.py: same, \d tokens\r?\nr\.jsonl:3 c\.rs: same, \d tokens\r?\n$", run.Out);
        Assert.Equal(0, run.ExitCode);
    }

    [Fact]
    public async Task InAnotherOrderEveryPromptIsCutOtherwiseAndTheSame()
    {
        TritterRun run = await ReplayAsync([recorded.Lines[2], recorded.Lines[0], recorded.Lines[0], recorded.Lines[1]]);

        Assert.Equal((0, 4), (run.ExitCode, run.Out.Split(": same, ").Length - 1));
    }

    [Fact]
    public async Task AnAlteredRecordIsReportedAtItsPlaceAndTheOthersAreNot()
    {
        string[] altered = [.. _alterations.Select(a => Altered(recorded.Longest, a.Path, a.Value))];

        TritterRun run = await ReplayAsync([.. altered, recorded.Longest]);

        string[] lines = run.Out.ReplaceLineEndings("\n").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(altered.Length + 1, lines.Length);
        for (int i = 0; i < altered.Length; i++)
        {
            Assert.Matches($@"^r\.jsonl:{i + 1}( \w\.\w+)?: {_alterations[i].Report}$", lines[i]);
        }

        Assert.Matches(@": same, \d tokens$", lines[^1]);
        Assert.Equal(1, run.ExitCode);
    }

    [Fact]
    public async Task ADifferenceNamesTheProgramsWhenTheyAreNotTheSame()
    {
        string line = Altered(Altered(recorded.Lines[0], "steps.0.token", "7"), "numerics", "0");

        TritterRun run = await ReplayAsync([Altered(line, "version", "\"0.0.9\"")]);

        Assert.Matches(@"logits are the same \(recorded by 0\.0\.9 with numerics 0, this is \S+ with numerics \d+\)\r?\n$", run.Out);
    }

    [Fact]
    public async Task ALineOfAGraphicsCardIsNotRepeated()
    {
        JsonNode line = JsonNode.Parse(recorded.Lines[0])!;
        line["device"] = "NVIDIA H100, 80.0 GB";

        TritterRun run = await ReplayAsync([line.ToJsonString(), recorded.Lines[1]]);

        string[] lines = run.Out.ReplaceLineEndings("\n").Split('\n');
        Assert.Equal("r.jsonl:1 a.cs: differs: it was computed on a graphics card, whose last bits no processor repeats: NVIDIA H100, 80.0 GB", lines[0]);
        Assert.StartsWith("r.jsonl:2 b.py: same, ", lines[1], StringComparison.Ordinal);
        Assert.Equal(1, run.ExitCode);
    }

    [Fact]
    public async Task JsonIsOneObjectALine()
    {
        TritterRun run = await ReplayAsync([recorded.Lines[0], Altered(recorded.Lines[0], "steps.1.token", "7")], ["--json"]);

        JsonElement[] reports = [.. run.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal([true, false], reports.Select(r => r.GetProperty("same").GetBoolean()));
        Assert.Equal(["1", "2"], reports.Select(r => $"{r.GetProperty("line")}"));
        Assert.Equal(["", "2"], reports.Select(r => $"{r.GetProperty("step")}"));
        Assert.Equal(["a.cs", "a.cs"], reports.Select(r => r.GetProperty("path").GetString()));
        Assert.Contains("instead of 7", reports[1].GetProperty("difference").GetString());
        Assert.Equal(1, run.ExitCode);
    }

    [Fact]
    public async Task ATerminalShowsHowFarItHasCome()
    {
        _folder.Write("r.jsonl", string.Join('\n', recorded.Lines));
        using var shown = new StringWriter { NewLine = "\n" };

        int exitCode = await TritterCommandLine.RunAsync(
            ["replay", Path.Combine(_folder.Path, "r.jsonl")],
            new CommandOutput(shown, TextWriter.Null, IsTerminal: true, UsesAnsi: true, IsErrorTerminal: false),
            TestContext.Current.CancellationToken);

        Assert.Equal(0, exitCode);
        Assert.Matches(@"^1 of 3 …\r\e\[2K[^\r]+: same, \d tokens\n2 of 3 …\r\e\[2K[^\r]+\n3 of 3 …\r\e\[2K[^\r]+\n$", shown.ToString());
    }

    [Fact]
    public async Task ALastLineThatACrashCutOffIsSkippedWithAWarning()
    {
        TritterRun run = await ReplayAsync([recorded.Lines[0], recorded.Lines[1][..^20]]);

        Assert.Equal("tritter: r.jsonl:2 is cut off and was skipped", run.Error.TrimEnd());
        Assert.Matches(@"^r\.jsonl:1 a\.cs: same, \d tokens\r?\n$", run.Out);
        Assert.Equal(0, run.ExitCode);
    }

    [Fact]
    public async Task AFileOfAnotherModelSaysWhichOneItWants()
    {
        TritterRun run = await ReplayAsync([Altered(recorded.Lines[0], "model.weights", $"\"{new string('a', 64)}\"")]);

        Assert.Matches($"^tritter: r.jsonl was recorded with another model than .*: tritter-100m has model.safetensors with SHA-256 {new string('a', 16)}… instead of [0-9a-f]{{16}}…; name it by --model DIR\r?\n$", run.Error);
        Assert.Equal((1, ""), (run.ExitCode, run.Out));
    }

    [Theory]
    [InlineData("", "r.jsonl is empty")]
    [InlineData("using System;", "r.jsonl is no replay file: line 1: expected a line that begins with {\"replay\":")]
    [InlineData("{\"replay\":1,", "r.jsonl is no replay file: line 1: it is cut off")]
    public async Task AFileWithoutARecordIsRefused(string content, string line) => (await ReplayAsync([content])).AssertFailed(1, line);

    [Fact]
    public async Task AFileThatIsNotThereIsAFailure() =>
        (await TritterRun.StartAsync(["replay", "r.jsonl"], _folder.Path)).AssertFailed(1, $"there is no file r.jsonl; paths are relative to {_folder.Path}");

    [Theory]
    [InlineData("complete", "a.cs:1:1")]
    [InlineData("lsp")]
    public async Task RecordingOverSomethingElseIsRefusedBeforeAnythingIsDone(params string[] command)
    {
        _folder.Write("a.cs", "class A;");

        TritterRun run = await TritterRun.StartAsync([.. command, "--record", "a.cs"], _folder.Path);

        run.AssertFailed(1, "--record a.cs cannot be used: it holds something else than completions");
        Assert.Equal("class A;", File.ReadAllText(Path.Combine(_folder.Path, "a.cs")));
    }

    /// <summary>Replays a file of these lines.</summary>
    private Task<TritterRun> ReplayAsync(string[] lines, string[]? arguments = null, params (string, string)[] environment)
    {
        _folder.Write("r.jsonl", string.Join('\n', lines));
        return TritterRun.StartAsync(["replay", "r.jsonl", .. arguments ?? []], _folder.Path, environment);
    }

    /// <param name="path">Keys and indices of the value to replace, such as <c>steps.1.token</c>.</param>
    private static string Altered(string line, string path, string value)
    {
        JsonNode root = JsonNode.Parse(line)!;
        string[] keys = path.Split('.');
        JsonNode parent = keys[..^1].Aggregate(root, (node, key) => int.TryParse(key, out int index) ? node[index]! : node[key]!);
        JsonNode? replacement = JsonNode.Parse(value);
        if (int.TryParse(keys[^1], out int last))
        {
            parent[last] = replacement;
        }
        else
        {
            Assert.True(parent.AsObject().ContainsKey(keys[^1]), path);
            parent[keys[^1]] = replacement;
        }

        return root.ToJsonString();
    }
}
