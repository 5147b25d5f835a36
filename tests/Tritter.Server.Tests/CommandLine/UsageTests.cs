
namespace Tritter.Server.Tests.CommandLine;

public sealed class UsageTests
{
    [Theory]
    [InlineData("", "lsp", "complete", "model", "--version")]
    [InlineData("lsp", "--model", "--device", "--threads", "--record")]
    [InlineData("complete", "FILE:LINE:COL", "--max-tokens", "--model", "--device", "--kv", "--memory-budget-gb", "--gpu-memory-budget-gb", "--layer-group-size", "--threads", "--repo", "--record", "--json")]
    [InlineData("bench", "--shape", "--model", "--device", "--kv", "--memory-budget-gb", "--gpu-memory-budget-gb", "--layer-group-size", "--positions", "--json")]
    [InlineData("eval needle", "DIR", "--lengths", "--depths", "--device", "--kv", "--json")]
    [InlineData("replay", "FILE", "--model", "--threads", "--json")]
    [InlineData("model", "info")]
    [InlineData("model info", "MODEL", "--json")]
    [InlineData("model plan", "MODEL", "--preset", "--context", "--device", "--json")]
    public async Task HelpNamesEverythingACommandTakes(string command, params string[] names)
    {
        TritterRun run = await TritterRun.StartAsync([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);

        Assert.Equal(0, run.ExitCode);
        Assert.Empty(run.Error);
        Assert.Contains($"tritter {command}".TrimEnd(), run.Out);
        Assert.All(names, name => Assert.Contains(name, run.Out));
    }

    [Fact]
    public async Task VersionIsOneLineAndStartsWithANumber()
    {
        TritterRun run = await TritterRun.StartAsync(["--version"]);

        Assert.Equal(0, run.ExitCode);
        Assert.Matches(@"^\d+\.\d+\.\d+\S*\r?\n$", run.Out);
    }

    [Theory]
    [InlineData("", "Required command was not provided. See 'tritter --help'.")]
    [InlineData("model", "Required command was not provided. See 'tritter model --help'.")]
    [InlineData("complete", "Required argument 'FILE:LINE:COL' missing for command: 'complete'. See 'tritter complete --help'.")]
    [InlineData("replay", "Required argument 'FILE' missing for command: 'replay'. See 'tritter replay --help'.")]
    [InlineData("lsp --bogus", "Unrecognized command or argument '--bogus'. See 'tritter lsp --help'.")]
    [InlineData("complete a.cs:1:1 --max-tokens 0", "--max-tokens takes a whole number from 1 to 256, not '0'. See 'tritter complete --help'.")]
    [InlineData("complete a.cs:1:1 --threads many", "--threads takes a whole number from 0 to 1024, not 'many'. See 'tritter complete --help'.")]
    [InlineData("bench --device gpu", "--device takes auto, cpu or cuda, not 'gpu'. See 'tritter bench --help'.")]
    [InlineData("bench --memory-budget-gb little", "--memory-budget-gb takes a number from 0 up, not 'little'. See 'tritter bench --help'.")]
    [InlineData("bench --memory-budget-gb -1", "--memory-budget-gb takes a number from 0 up, not '-1'. See 'tritter bench --help'.")]
    [InlineData("bench --gpu-memory-budget-gb all", "--gpu-memory-budget-gb takes a number from 0 up, not 'all'. See 'tritter bench --help'.")]
    [InlineData("bench --layer-group-size 0", "--layer-group-size takes a whole number from 1 to 16, not '0'. See 'tritter bench --help'.")]
    [InlineData("bench --kv int2", "--kv takes int8 or int4, not 'int2'. See 'tritter bench --help'.")]
    [InlineData("complete a.cs", "'a.cs' names no place; write FILE:LINE:COL, such as src/Program.cs:12:9")]
    [InlineData("complete a.cs:5", "'a.cs:5' names no place; write FILE:LINE:COL, such as src/Program.cs:12:9")]
    [InlineData("complete a.cs:x:5", "'a.cs:x:5' names no place; write FILE:LINE:COL, such as src/Program.cs:12:9")]
    [InlineData("complete :1:1", "':1:1' names no place; write FILE:LINE:COL, such as src/Program.cs:12:9")]
    public async Task WrongUsageIsOneLineAndExitCode2(string arguments, string line)
    {
        TritterRun run = await TritterRun.StartAsync(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        run.AssertFailed(2, line);
    }
}
