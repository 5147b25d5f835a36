using System.Text.Json;
using Tritter.Server.Evaluations.Programs;

namespace Tritter.Server.Tests.CommandLine;

/// <summary>
/// Each benchmark with two problems whose prompts hold a right and a wrong solution up to a comment, so that a token of the model's changes
/// nothing: one of two passes, whatever the weights.
/// </summary>
public sealed class EvalProgramsTests : IDisposable
{
    private static readonly string[] _humanEval =
    [
        """{"task_id": "HumanEval/0", "prompt": "def add(a, b):\n    return a + b  #", "entry_point": "add", "test": "def check(candidate):\n    assert candidate(1, 2) == 3\n"}""",
        """{"task_id": "HumanEval/1", "prompt": "def add(a, b):\n    return a - b  #", "entry_point": "add", "test": "def check(candidate):\n    assert candidate(1, 2) == 3\n"}""",
    ];

    // The prompt is made of the task: the one solution that a token of a model cannot spoil is none.
    private static readonly string[] _mbpp =
    [
        """{"text": "Write nothing.", "code": "", "task_id": 11, "test_setup_code": "", "test_list": []}""",
        """{"text": "Write a function to add.", "code": "", "task_id": 12, "test_setup_code": "", "test_list": ["assert add(1, 2) == 3"]}""",
    ];

    private static readonly string[] _rust =
    [
        """{"name": "a", "language": "rs", "prompt": "fn add(a: isize, b: isize) -> isize {\n    a + b //", "tests": "}\n\nfn main() {\n    assert_eq!(add(1, 2), 3);\n}\n", "stop_tokens": ["\n"]}""",
        """{"name": "b", "language": "rs", "prompt": "fn add(a: isize, b: isize) -> isize {\n    a - b //", "tests": "}\n\nfn main() {\n    assert_eq!(add(1, 2), 3);\n}\n", "stop_tokens": ["\n"]}""",
    ];

    private static readonly string[] _cs =
    [
        """{"name": "a", "language": "cs", "prompt": "using System.Diagnostics;\nclass Problem {\n    public static long Add(long a, long b) {\n        return a + b; //", "tests": "    }\n    public static void Main(string[] args) {\n    Debug.Assert(Add((1L), (2L)) == (3L));\n    }\n}\n", "stop_tokens": ["\n"]}""",
        """{"name": "b", "language": "cs", "prompt": "using System.Diagnostics;\nclass Problem {\n    public static long Add(long a, long b) {\n        return a - b; //", "tests": "    }\n    public static void Main(string[] args) {\n    Debug.Assert(Add((1L), (2L)) == (3L));\n    }\n}\n", "stop_tokens": ["\n"]}""",
    ];

    private readonly SourceFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public Task HumanEval() => CheckAsync("humaneval", new PythonToolchain(), _humanEval);

    [Fact]
    public Task MultiPlERust() => CheckAsync("multipl-e-rust", new RustToolchain(), _rust);

    [Fact]
    public Task MultiPlECSharp() => CheckAsync("multipl-e-cs", new CSharpToolchain(), _cs);

    [Fact]
    public async Task MbppWithSeveralSamples()
    {
        JsonElement report = await RunAsync("mbpp", new PythonToolchain(), _mbpp, "--samples", "2", "--temperature", "0.5", "--seed", "3", "--max-tokens", "2");

        Assert.Equal(2, report.GetProperty("samples").GetInt32());
        Assert.Equal(0.5, report.GetProperty("temperature").GetDouble());
        Assert.Equal(4, ((string[])["passed", "failed", "doesNotCompile", "timedOut"]).Sum(end => report.GetProperty(end).GetInt32()));
        // Two tokens define no function that is called add and adds.
        Assert.InRange(report.GetProperty("failed").GetInt32(), 2, 4);
        Assert.Equal(report.GetProperty("passed").GetInt32() / 4.0, report.GetProperty("passAt")[0].GetProperty("pass").GetDouble());
    }

    [Fact]
    public async Task SeveralSamplesTakeATemperature()
    {
        _folder.Write("a.jsonl", _humanEval[0]);

        TritterRun run = await TritterRun.StartAsync(["eval", "humaneval", "a.jsonl", "--samples", "2", "--temperature", "0"], _folder.Path);

        run.AssertFailed(2, "--samples above 1 takes a --temperature above 0: greedy samples are all the same");
    }

    private async Task CheckAsync(string benchmark, Toolchain toolchain, string[] problems)
    {
        JsonElement report = await RunAsync(benchmark, toolchain, problems, "--max-tokens", "1");

        Assert.Equal(benchmark, report.GetProperty("benchmark").GetString());
        Assert.Equal(2, report.GetProperty("problems").GetInt32());
        Assert.Equal("[{\"k\":1,\"pass\":0.5}]", report.GetProperty("passAt").GetRawText());
        Assert.Equal(1, report.GetProperty("failed").GetInt32());
    }

    private async Task<JsonElement> RunAsync(string benchmark, Toolchain toolchain, string[] problems, params string[] options)
    {
        (Confinement? confinement, string problem) = await Confinement.FindAsync(TestContext.Current.CancellationToken);
        Assert.SkipWhen(confinement is null, problem);
        Assert.SkipWhen(await toolchain.BuildAsync(toolchain.Sample, confinement!, TestContext.Current.CancellationToken) is null, $"{toolchain.Needs} is not installed");
        _folder.Write("problems.jsonl", string.Join('\n', problems));

        // A program has as long as it takes here: this is about what is counted.
        TritterRun run = await TritterRun.StartAsync(["eval", benchmark, "problems.jsonl", "--json", "--time-limit", "300", .. options], _folder.Path, ("TRITTER_MODEL", Checkout.EmbeddedModel));

        Assert.Equal("", run.Error);
        Assert.Equal(0, run.ExitCode);
        return JsonDocument.Parse(run.Out).RootElement;
    }
}
