using System.Text.Json.Nodes;

namespace Tritter.Server.Tests.CommandLine;

/// <summary>Three short completions of the embedded model, recorded once by <c>tritter complete --record</c> for several tests.</summary>
public sealed class RecordedFile : IAsyncLifetime
{
    private readonly SourceFolder _folder = new();

    /// <summary>The lines as written.</summary>
    public string[] Lines { get; private set; } = [];

    /// <summary>The one with the most steps: at least three.</summary>
    public string Longest { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        string[] places =
        [
            _folder.Add("a.cs", "class Box\n{\n    int width;\n    int Area(int a, int b) => a $0\n}\n"),
            _folder.Add("b.py", "def add(left, right):\n    return le$0\n"),
            _folder.Add("c.rs", "fn main() {\n    let total = 1;\n    $0\n}\n"),
        ];
        string file = Path.Combine(_folder.Path, "r.jsonl");
        TritterRun run = await TritterRun.StartAsync(["complete", .. places, "--max-tokens", "5", "--record", file, "--repo", "me/shop"], _folder.Path);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Lines = await File.ReadAllLinesAsync(file);
        Assert.Equal(places.Length, Lines.Length);
        Longest = Lines.MaxBy(Steps)!;
        Assert.InRange(Steps(Longest), 3, 5);
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    private static int Steps(string line) => JsonNode.Parse(line)!["steps"]!.AsArray().Count;
}
