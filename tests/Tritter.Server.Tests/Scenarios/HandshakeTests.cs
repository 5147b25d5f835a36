using System.Text.Json.Nodes;
using Tritter.Server.Tests.Client;

namespace Tritter.Server.Tests.Scenarios;

/// <summary>From initialize to exit.</summary>
public sealed class HandshakeTests
{
    [Fact]
    public async Task Initialize_TellsWhatTheServerCanDo()
    {
        await using ServerProcess server = ServerProcess.Start();

        JsonNode result = await server.Client.StartAsync();

        Assert.Equal("utf-16", (string?)result["capabilities"]!["positionEncoding"]);
        Assert.True((bool?)result["capabilities"]!["inlineCompletionProvider"]);
        Assert.True((bool?)result["capabilities"]!["textDocumentSync"]!["openClose"]);
        Assert.Equal(2, (int?)result["capabilities"]!["textDocumentSync"]!["change"]);
        Assert.Equal("tritter", (string?)result["serverInfo"]!["name"]);
        Assert.Matches(@"^\d+\.\d+\.\d+", (string?)result["serverInfo"]!["version"]);
    }

    [Theory]
    [InlineData("utf-8,utf-16", "utf-8")]
    [InlineData("utf-16,utf-8", "utf-16")]
    [InlineData("utf-32,utf-8,utf-16", "utf-8")]
    [InlineData("utf-32", "utf-16")]
    [InlineData("", "utf-16")]
    public async Task PositionEncoding_IsTheFirstKnownInTheClientsOrder(string offered, string chosen)
    {
        await using InProcessServer server = InProcessServer.StartEcho();

        JsonNode result = await server.Client.StartAsync(new { general = new { positionEncodings = offered.Split(',', StringSplitOptions.RemoveEmptyEntries) } });

        Assert.Equal(chosen, (string?)result["capabilities"]!["positionEncoding"]);
    }

    [Fact]
    public async Task RequestsOutOfOrder_AreRefusedWithTheCodesOfLsp()
    {
        await using InProcessServer server = InProcessServer.StartEcho();
        LspTestClient client = server.Client;

        Assert.Equal(-32002, await client.AskAsync("textDocument/inlineCompletion", new { }).ErrorCodeAsync());
        Assert.Equal(-32002, await client.AskAsync("unknown/request", new { }).ErrorCodeAsync());
        client.Open("ignored, since it comes before initialize");
        await client.StartAsync();
        Assert.Equal(-32600, await client.AskAsync("initialize", new { capabilities = new { } }).ErrorCodeAsync());
        Assert.Empty(await client.CompleteAsync(0, 0));
        Assert.Equal(0, await client.AskAsync("shutdown", null).ErrorCodeAsync());
        Assert.Equal(-32600, await client.AskAsync("textDocument/inlineCompletion", new { }).ErrorCodeAsync());
        Assert.Equal(-32600, await client.AskAsync("shutdown", null).ErrorCodeAsync());
    }

    [Fact]
    public async Task UnknownRequest_IsRefused_AndUnknownNotificationIgnored()
    {
        await using InProcessServer server = InProcessServer.StartEcho();
        await server.Client.StartAsync();

        server.Client.Notify("$/unknown", new { a = 1 });
        server.Client.Notify("unknown/notification", new[] { 1, 2 });
        server.Client.Notify("$/setTrace", new { value = "verbose" });
        server.Client.Notify("textDocument/didSave", new { textDocument = new { uri = LspTestClientSteps.CartUri } });
        Assert.Equal(-32601, await server.Client.AskAsync("textDocument/foldingRange", new { }).ErrorCodeAsync());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"textDocument":{},"position":{"line":0,"character":0}}""")]
    [InlineData("""{"textDocument":{"uri":null},"position":{"line":0,"character":0}}""")]
    [InlineData("""{"textDocument":{"uri":"file:///a"},"position":{"line":"0","character":0}}""")]
    [InlineData("""{"textDocument":{"uri":"file:///a"},"position":null}""")]
    public async Task WrongParameters_AreRefused(string parameters)
    {
        await using InProcessServer server = InProcessServer.StartEcho();
        await server.Client.StartAsync();

        Assert.Equal(-32602, await server.Client.AskAsync("textDocument/inlineCompletion", JsonNode.Parse(parameters)).ErrorCodeAsync());
    }

    [Fact]
    public async Task InitializeWithAlmostNothing_IsEnough()
    {
        await using InProcessServer server = InProcessServer.StartEcho();

        JsonObject answer = await server.Client.AskAsync("initialize", new { processId = (int?)null, rootUri = (string?)null, capabilities = new { } });

        Assert.NotNull(answer["result"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData(""" ,"params":null""")]
    [InlineData(""" ,"params":{}""")]
    [InlineData(""" ,"params":[]""")]
    [InlineData(""" ,"params":{"extra":1}""")]
    public async Task ParametersThatMeanNothing_MayBeMissingOrAnything(string parameters)
    {
        await using InProcessServer server = InProcessServer.StartEcho();
        await server.Client.AskAsync("initialize", new { capabilities = new { } });

        server.Client.SendContent($$"""{"jsonrpc":"2.0","method":"initialized"{{parameters}}}""");
        await server.Client.NotificationAsync("tritter/status", p => (string?)p["state"] == "ready");
        server.Client.SendContent($$"""{"jsonrpc":"2.0","id":"the end","method":"shutdown"{{parameters}}}""");
        JsonObject answer = await server.Client.AnswerAsync("the end");
        Assert.True(answer.ContainsKey("result"), answer.ToJsonString());
        server.Client.SendContent($$"""{"jsonrpc":"2.0","method":"exit"{{parameters}}}""");
        Assert.Equal(0, await server.EndAsync());
    }

    [Fact]
    public async Task CancellationOfNothing_IsIgnored_AndAWrongOneRefused()
    {
        await using InProcessServer server = InProcessServer.StartEcho();
        await server.Client.StartAsync();

        server.Client.Notify("$/cancelRequest", new { id = 12345 });
        server.Client.Notify("$/cancelRequest", new { id = "no such" });
        server.Client.Notify("$/cancelRequest", new { id = new { } });
        server.Client.Notify("$/cancelRequest", null);
        Assert.Equal(-32602, await server.Client.AskAsync("$/cancelRequest", new { id = new { } }).ErrorCodeAsync());
    }
}
