using System.Text.Json.Nodes;
using Tritter.Core.Completion;
using Tritter.Server.Tests.Client;

namespace Tritter.Server.Tests.Scenarios;

/// <summary>What the server asks of the client and tells it on its own account.</summary>
public sealed class SettingsAndStatusTests
{
    [Fact]
    public async Task Settings_AreAskedForAtTheStartAndOnEveryChange()
    {
        await using InProcessServer server = InProcessServer.StartEcho();
        LspTestClient client = server.Client;
        client.Answers["workspace/configuration"] = JsonNode.Parse("""[{"completion":{"maxTokens":17}}]""")!;
        await client.StartAsync(new { workspace = new { configuration = true, didChangeConfiguration = new { dynamicRegistration = true } } });
        client.Open("a");

        await LoggedAsync(client, "at most 17 tokens");
        Assert.Contains("|17|", await SuggestedAsync(client), StringComparison.Ordinal);

        client.Answers["workspace/configuration"] = JsonNode.Parse("""[{"completion":{"enabled":false}}]""")!;
        client.Notify("workspace/didChangeConfiguration", new { settings = (object?)null });
        await LoggedAsync(client, "completion off");
        Assert.Empty(await client.CompleteAsync(0, 0));
        await LoggedAsync(client, "tritter.completion.enabled is false");
        Assert.Contains(client.Requests, r => r == "client/registerCapability");
    }

    [Fact]
    public async Task PushedSettings_CountWhereTheClientCannotBeAsked()
    {
        await using InProcessServer server = InProcessServer.StartEcho();
        await server.Client.StartAsync();
        server.Client.Open("a");

        server.Client.Notify("workspace/didChangeConfiguration", new { settings = new { tritter = new { completion = new { maxTokens = 3 } } } });

        Assert.Contains("|3|", await SuggestedAsync(server.Client), StringComparison.Ordinal);
        Assert.DoesNotContain(server.Client.Requests, r => r == "workspace/configuration");
    }

    [Fact]
    public async Task WrongSetting_IsReportedAndTakesItsDefault()
    {
        await using InProcessServer server = InProcessServer.StartEcho();
        await server.Client.StartAsync();
        server.Client.Open("a");

        server.Client.Notify("workspace/didChangeConfiguration", new { settings = new { tritter = new { completion = new { maxTokens = 1000 } } } });

        await LoggedAsync(server.Client, "from 1 to 256, not 1000");
        Assert.Contains("|64|", await SuggestedAsync(server.Client), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Loading_IsShownAsProgressWhereTheClientShowsIt()
    {
        await using InProcessServer server = InProcessServer.StartEcho();
        await server.Client.StartAsync(new { window = new { workDoneProgress = true } });

        await server.Client.NotificationAsync("$/progress", p => (string?)p["value"]!["kind"] == "end");

        Assert.Equal(["begin", "end"], server.Client.Notifications("$/progress").Select(p => (string?)p["value"]!["kind"]));
        Assert.Contains("window/workDoneProgress/create", server.Client.Requests);
    }

    [Fact]
    public async Task ClientWithoutCapabilities_IsAskedNothing()
    {
        await using InProcessServer server = InProcessServer.StartEcho();
        await server.Client.StartAsync();
        server.Client.Open("a");
        await server.Client.CompleteAsync(0, 0);

        Assert.Empty(server.Client.Requests);
        Assert.Empty(server.Client.Notifications("$/progress"));
    }

    [Fact]
    public async Task Status_FollowsTheModel()
    {
        await using InProcessServer server = InProcessServer.StartEcho();
        await server.Client.StartAsync();
        server.Client.Open("a");
        await server.Client.CompleteAsync(0, 0);
        await server.Client.NotificationAsync("tritter/status", p => (string?)p["state"] == "busy");
        server.Client.Open("b");
        await server.Client.CompleteAsync(0, 0);

        string?[] states = [.. server.Client.Notifications("tritter/status").Select(p => (string?)p["state"])];
        Assert.Equal(["starting", "ready", "busy", "ready", "busy"], states.Take(5));
    }

    [Fact]
    public async Task ModelThatCannotBeLoaded_IsAnErrorStatusAndEmptyCompletions()
    {
        await using InProcessServer server = InProcessServer.Start(() => throw new InvalidDataException("config.json says\ntoo little"));
        await server.Client.StartAsync();
        server.Client.Open("a");

        JsonObject status = await server.Client.NotificationAsync("tritter/status", p => (string?)p["state"] == "error");
        Assert.Equal("config.json says too little", (string?)status["params"]!["reason"]);
        Assert.Empty(await server.Client.CompleteAsync(0, 0));
        Assert.Empty(await server.Client.CompleteAsync(0, 1));
        await LoggedAsync(server.Client, "no completion:");
        Assert.Equal(["starting", "error"], server.Client.Notifications("tritter/status").Select(p => (string?)p["state"]));
    }

    [Fact]
    public async Task NothingToSay_IsAnEmptyListWithItsReasonInTheLog()
    {
        await using InProcessServer server = InProcessServer.Start((_, _) => new CompletionResult("", "the model ended at once", default));
        await server.Client.StartAsync();
        server.Client.Open("a");

        Assert.Empty(await server.Client.CompleteAsync(0, 0));
        JsonObject line = await LoggedAsync(server.Client, "the model ended at once");
        Assert.Equal(4, (int?)line["params"]!["type"]);
    }

    private static Task<JsonObject> LoggedAsync(LspTestClient client, string part) =>
        client.NotificationAsync("window/logMessage", p => ((string)p["message"]!).Contains(part, StringComparison.Ordinal));

    private static async Task<string> SuggestedAsync(LspTestClient client) => (string)(await client.CompleteAsync(0, 0))[0]!["insertText"]!;
}
