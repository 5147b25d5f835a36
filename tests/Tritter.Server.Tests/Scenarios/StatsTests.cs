using System.Text.Json.Nodes;
using Tritter.Core.Completion;
using Tritter.Server.Tests.Client;
using static Tritter.Server.Tests.Client.InProcessServer;
using static Tritter.Server.Tests.Client.LspTestClientSteps;

namespace Tritter.Server.Tests.Scenarios;

/// <summary>What a client can learn of, and tell about, the suggestions that it got.</summary>
public sealed class StatsTests
{
    [Fact]
    public async Task Stats_CountWhatWasAskedAndAnswered()
    {
        int asked = 0;
        var cost = new CompletionCost(PromptTokens: 100, CachedTokens: 90, GeneratedTokens: 20, TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(100));
        await using InProcessServer server = Start((_, _) => ++asked == 1
            ? new CompletionResult("x", null, cost)
            : new CompletionResult("", EmptyReason.NothingToAdd, cost));
        await server.Client.StartAsync();
        server.Client.Open("a");
        await server.Client.CompleteAsync(0, 0);
        await server.Client.CompleteAsync(0, 1);

        JsonNode stats = await StatsAsync(server);

        Assert.Equal("played", (string?)stats["model"]);
        Assert.Equal((2, 1, 0), ((int)stats["requests"]!, (int)stats["answered"]!, (int)stats["fromCache"]!));
        Assert.Equal(200, (double)stats["tokensPerSecond"]!);
        Assert.Equal("""{"cached":180,"computed":20}""", stats["promptTokens"]!.ToJsonString());
        Assert.Equal("""[{"reason":"the model has nothing to add here","count":1}]""", stats["emptyReasons"]!.ToJsonString());
        Assert.Equal($$"""{"uri":"{{CartUri}}","reason":"the model has nothing to add here"}""", stats["lastEmpty"]!.ToJsonString());
        Assert.Equal(2, stats["latencyMs"]!["histogram"]!.AsArray().Sum(bucket => (int)bucket!["count"]!));
        JsonNode slow = stats["latencyMs"]!["slowest"]!.AsArray()[1]!;
        Assert.Equal((5, 100, 10, 20), ((int)slow["prefill"]!, (int)slow["decode"]!, (int)slow["computed"]!, (int)slow["generated"]!));
        Assert.InRange((int)stats["memoryMb"]!, 1, 100_000);
    }

    [Fact]
    public async Task AcceptedItem_CountsOnce_AndAsKeptWhenItStandsThereAfter30Seconds()
    {
        var time = new ManualTime();
        await using InProcessServer server = Start((_, _) => Say("Total();"), time);
        await server.Client.StartAsync();
        server.Client.Open("a = cart.");
        JsonNode item = (await server.Client.CompleteAsync(0, 9))[0]!;
        string id = (string)item["command"]!["arguments"]![0]!;
        Assert.Equal("tritter.completion.accepted", (string?)item["command"]!["command"]);

        server.Client.Notify("tritter/didShowCompletion", new { id });
        server.Client.Notify("tritter/didShowCompletion", new { id });
        server.Client.Notify("tritter/didPartiallyAcceptCompletion", new { id, acceptedLength = 5 });
        server.Client.Type(2, 0, 9, "Total();");
        await AcceptAsync(server, id);
        await AcceptAsync(server, id);
        server.Client.Type(3, 0, 0, "// a line above moves it\n");
        Assert.Equal((1, 1, 1, 0), await CountsAsync(server));

        time.Pass(TimeSpan.FromSeconds(30));

        Assert.Equal((1, 1, 1, 1), await CountsAsync(server));
    }

    [Fact]
    public async Task AcceptedTextThatWasChanged_IsNotKept()
    {
        var time = new ManualTime();
        await using InProcessServer server = Start((_, _) => Say("Total();"), time);
        await server.Client.StartAsync();
        server.Client.Open("a = cart.");
        string id = (string)(await server.Client.CompleteAsync(0, 9))[0]!["command"]!["arguments"]![0]!;
        server.Client.Type(2, 0, 9, "Total();");
        await AcceptAsync(server, id);
        server.Client.Change(3, CartUri, Replace(0, 9, 0, 10, "S"));
        await CountsAsync(server);

        time.Pass(TimeSpan.FromSeconds(30));

        Assert.Equal((0, 0, 1, 0), await CountsAsync(server));
    }

    [Fact]
    public async Task UnknownIds_DoNoHarm_AndUnknownCommandsAreRefused()
    {
        await using InProcessServer server = StartEcho();
        await server.Client.StartAsync();

        server.Client.Notify("tritter/didShowCompletion", new { id = "77" });
        server.Client.Notify("tritter/didPartiallyAcceptCompletion", new { id = "77", acceptedLength = 1 });
        Assert.Equal(0, await server.Client.AskAsync("workspace/executeCommand", new { command = "tritter.completion.accepted", arguments = new[] { "77" } }).ErrorCodeAsync());
        Assert.Equal(-32602, await server.Client.AskAsync("workspace/executeCommand", new { command = "tritter.completion.accepted", arguments = new[] { 77 } }).ErrorCodeAsync());
        Assert.Equal(-32602, await server.Client.AskAsync("workspace/executeCommand", new { command = "tritter.format" }).ErrorCodeAsync());
        Assert.Equal((0, 0, 0, 0), await CountsAsync(server));
    }

    [Fact]
    public async Task LastPrompt_IsWhatTheModelSaw()
    {
        await using ServerProcess server = ServerProcess.Start();
        await server.Client.StartAsync();
        Assert.Null((await server.Client.AskAsync("tritter/lastPrompt", new { }))["result"]);
        const string Code = "class Cart\n{\n    int total;\n\n    int Total() => tot";
        server.Client.Open(Code + "\n}\n");
        await server.Client.CompleteAsync(4, 22);

        JsonNode prompt = (await server.Client.AskAsync("tritter/lastPrompt", new { uri = CartUri }))["result"]!;

        JsonArray pieces = prompt["pieces"]!.AsArray();
        Assert.Equal(["repository", "path", "suffix", "prefix", "healed"], pieces.Select(piece => (string)piece!["kind"]!));
        Assert.Equal(["shop", "src/Cart.cs\n", "\n}\n"], pieces.Take(3).Select(piece => (string)piece!["text"]!));
        Assert.Equal(Code, (string)pieces[3]!["text"]! + (string)pieces[4]!["text"]!);
        Assert.Equal((int)prompt["promptTokens"]!, pieces.Sum(piece => (int)piece!["tokens"]!));
        Assert.Equal((int)prompt["promptTokens"]!, (int)prompt["cachedTokens"]! + (int)prompt["computedTokens"]!);
        Assert.Null((await server.Client.AskAsync("tritter/lastPrompt", new { uri = "file:///other.cs" }))["result"]);
    }

    private static Task<JsonObject> AcceptAsync(InProcessServer server, string id) =>
        server.Client.AskAsync("workspace/executeCommand", new { command = "tritter.completion.accepted", arguments = new[] { id } });

    private static async Task<JsonNode> StatsAsync(InProcessServer server) => (await server.Client.AskAsync("tritter/stats", new { }))["result"]!;

    private static async Task<(int Shown, int Partially, int Accepted, int Kept)> CountsAsync(InProcessServer server)
    {
        JsonNode stats = await StatsAsync(server);
        return ((int)stats["shown"]!, (int)stats["partiallyAccepted"]!, (int)stats["accepted"]!, (int)stats["keptAfter30s"]!);
    }
}
