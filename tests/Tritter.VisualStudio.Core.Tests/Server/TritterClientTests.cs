using Newtonsoft.Json.Linq;
using StreamJsonRpc;
using Tritter.VisualStudio.Completion;
using Tritter.VisualStudio.Protocol;
using Tritter.VisualStudio.Server;
using Tritter.VisualStudio.Text;

namespace Tritter.VisualStudio.Tests.Server;

/// <summary>The client against a server that does what a test says: what the real one does only when something goes wrong, and the messages themselves.</summary>
public sealed class TritterClientTests
{
    private const string Uri = "file:///src/Cart.cs";

    [Fact]
    public async Task Documents_AreToldInOrderAndWithVersions()
    {
        FakeServer server = new FakeServer().Run();
        using TritterClient client = Client(server);
        client.Open(Uri, "csharp", "a\r\n");
        server.Next("textDocument/didOpen");

        client.Change(Uri, [new TextEdit(3, 0, "b")], 4, NotAsked);
        client.Change(Uri, [new TextEdit(3, 1, "")], 3, NotAsked);

        Assert.Equal("2 1:0 b", Show(server.Next("textDocument/didChange")));
        Assert.Equal("3 1:0 ", Show(server.Next("textDocument/didChange")));
        client.Close(Uri);
        Assert.Equal(Uri, (string?)server.Next("textDocument/didClose")["textDocument"]!["uri"]);
        await client.StopAsync();
    }

    [Fact]
    public async Task ATextThatIsNotOurs_IsSentAsAWhole()
    {
        FakeServer server = new FakeServer().Run();
        using TritterClient client = Client(server);
        client.Open(Uri, "csharp", "abc");
        server.Next("textDocument/didOpen");

        client.Change(Uri, [new TextEdit(7, 0, "x")], 8, () => "of old x");

        JToken change = Assert.Single(server.Next("textDocument/didChange")["contentChanges"]!);
        Assert.Equal("""{"text":"of old x"}""", change.ToString(Newtonsoft.Json.Formatting.None));
        await client.StopAsync();
    }

    [Fact]
    public async Task TypedThrough_TheServerIsNotAskedAgain()
    {
        FakeServer server = Completing("bar()").Run();
        using TritterClient client = Client(server);
        client.Open(Uri, "csharp", "foo.");
        server.Next("textDocument/didOpen");
        Suggestion? first = await client.CompleteAsync(Uri, 4, asked: false, null, TestContext.Current.CancellationToken);

        client.Change(Uri, [new TextEdit(4, 0, "ba")], 6, NotAsked);
        Suggestion? second = await client.CompleteAsync(Uri, 6, asked: false, null, TestContext.Current.CancellationToken);

        Assert.Equal(("bar()", "r()"), (first?.Remaining, second?.Remaining));
        Assert.Single(server.Received, m => m.Method == "textDocument/inlineCompletion");
        await client.StopAsync();
    }

    [Fact]
    public async Task OtherTyping_TheServerIsAskedAgain()
    {
        FakeServer server = Completing("bar()").Run();
        using TritterClient client = Client(server);
        client.Open(Uri, "csharp", "foo.");
        server.Next("textDocument/didOpen");
        await client.CompleteAsync(Uri, 4, asked: false, null, TestContext.Current.CancellationToken);
        server.Next("textDocument/inlineCompletion");

        client.Change(Uri, [new TextEdit(4, 0, "x")], 5, NotAsked);
        await client.CompleteAsync(Uri, 5, asked: false, null, TestContext.Current.CancellationToken);

        Assert.Equal(5, (int)server.Next("textDocument/inlineCompletion")["position"]!["character"]!);
        await client.StopAsync();
    }

    [Fact]
    public async Task TheChosenEntryOfIntelliSense_GoesAlong()
    {
        FakeServer server = Completing("Price").Run();
        using TritterClient client = Client(server);
        client.Open(Uri, "csharp", "\nfoo.Pr");
        server.Next("textDocument/didOpen");

        await client.CompleteAsync(Uri, 7, asked: false, new TextEdit(5, 2, "Price"), TestContext.Current.CancellationToken);

        JToken context = server.Next("textDocument/inlineCompletion")["context"]!;
        Assert.Equal(
            """{"triggerKind":2,"selectedCompletionInfo":{"range":{"start":{"line":1,"character":4},"end":{"line":1,"character":6}},"text":"Price"}}""",
            context.ToString(Newtonsoft.Json.Formatting.None));
        await client.StopAsync();
    }

    [Fact]
    public async Task ShownAcceptedAndPartlyAccepted_AreTold()
    {
        FakeServer server = Completing("bar()").On("workspace/executeCommand", (_, _) => Task.FromResult<JToken?>(null)).Run();
        using TritterClient client = Client(server);
        client.Open(Uri, "csharp", "foo.");
        server.Next("textDocument/didOpen");
        Suggestion suggestion = (await client.CompleteAsync(Uri, 4, asked: true, null, TestContext.Current.CancellationToken))!;

        client.Shown(suggestion);
        client.PartiallyAccepted(suggestion, 3);
        client.Accepted(suggestion);

        Assert.Equal("""{"id":"s1"}""", server.Next("tritter/didShowCompletion").ToString(Newtonsoft.Json.Formatting.None));
        Assert.Equal("""{"id":"s1","acceptedLength":3}""", server.Next("tritter/didPartiallyAcceptCompletion").ToString(Newtonsoft.Json.Formatting.None));
        Assert.Equal("""{"command":"accept","arguments":["s1"]}""", server.Next("workspace/executeCommand").ToString(Newtonsoft.Json.Formatting.None));
        await client.StopAsync();
    }

    [Fact]
    public async Task CancelledCompletion_IsCancelledAtTheServer()
    {
        var cancelled = new TaskCompletionSource();
        FakeServer server = new FakeServer().On("textDocument/inlineCompletion", async (_, token) =>
        {
            using CancellationTokenRegistration registration = token.Register(cancelled.SetResult);
            await cancelled.Task;
            throw new OperationCanceledException(token);
        }).Run();
        using TritterClient client = Client(server);
        client.Open(Uri, "csharp", "foo.");
        server.Next("textDocument/didOpen");
        using var source = new CancellationTokenSource();
        Task<Suggestion?> completion = client.CompleteAsync(Uri, 4, asked: false, null, source.Token);
        server.Next("textDocument/inlineCompletion");

        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => completion);
        await cancelled.Task.WaitAsync(Patience.Time, TestContext.Current.CancellationToken);
        await client.StopAsync();
    }

    [Theory]
    [InlineData(-32800)]
    [InlineData(-32801)]
    [InlineData(-32603)]
    public async Task RefusedCompletion_IsNothingToShow(int code)
    {
        FakeServer server = new FakeServer().On("textDocument/inlineCompletion", (_, _) => throw new LocalRpcException("no") { ErrorCode = code }).Run();
        using TritterClient client = Client(server);
        client.Open(Uri, "csharp", "foo.");
        server.Next("textDocument/didOpen");

        Assert.Null(await client.CompleteAsync(Uri, 4, asked: false, null, TestContext.Current.CancellationToken));
        await client.StopAsync();
    }

    [Fact]
    public async Task AnAnswerInParts_ArrivesPartByPartAndThenWhole()
    {
        FakeServer server = new FakeServer();
        server.On("tritter/ask", async (parameters, _) =>
        {
            JToken token = parameters!["partialResultToken"]!;
            await server.TellAsync("$/progress", new { token, value = new { markdown = "Adds " } });
            await server.TellAsync("$/progress", new { token = "another", value = new { markdown = "not mine" } });
            await server.TellAsync("$/progress", new { token, value = new { markdown = "a price" } });
            return JObject.Parse("""
                { "markdown": "Adds a price [[1]](citation:1)", "kind": "method", "exact": true, "conversation": "c1", "searched": { "files": 3, "chunks": 4, "words": ["price"] },
                  "citations": [{ "id": 1, "uri": "file:///a.cs", "path": "a.cs", "range": { "start": { "line": 4, "character": 1 }, "end": { "line": 5, "character": 0 } }, "hash": "h", "stale": true }] }
                """);
        }).Run();
        using TritterClient client = Client(server);
        var parts = new List<string>();

        Answer answer = await client.AskAsync("What does Add do?", "c1", null, parts.Add, TestContext.Current.CancellationToken);

        JToken asked = server.Next("tritter/ask");
        Assert.Equal(("What does Add do?", "c1"), ((string?)asked["question"], (string?)asked["conversation"]));
        Assert.Equal("Adds a price", string.Concat(parts));
        Assert.True(answer is { Exact: true, Conversation: "c1", Searched.Words: ["price"] });
        Citation citation = Assert.Single(answer.Citations!);
        Assert.Equal(new Citation(1, "file:///a.cs", "a.cs", new TextRange(new Position(4, 1), new Position(5, 0)), null, "h", true), citation);
        await client.StopAsync();
    }

    [Fact]
    public async Task Explain_NamesTheSelectionOrTheCursor()
    {
        FakeServer server = new FakeServer().On("tritter/explain", (_, _) => Task.FromResult<JToken?>(JObject.Parse("""{ "markdown": "x", "exact": false }"""))).Run();
        using TritterClient client = Client(server);
        client.Open(Uri, "csharp", "a\nbcd");

        await client.ExplainAsync(Uri, 2, 2, null, _ => { }, TestContext.Current.CancellationToken);
        await client.ExplainAsync(Uri, 3, 0, "CS0103", _ => { }, TestContext.Current.CancellationToken);

        JToken selection = server.Next("tritter/explain"), cursor = server.Next("tritter/explain");
        Assert.Equal((2, null), ((int?)selection["range"]!["end"]!["character"], selection["position"]));
        Assert.Equal((1, null, "CS0103"), ((int?)cursor["position"]!["character"], cursor["range"], (string?)cursor["diagnostic"]));
        await client.StopAsync();
    }

    [Fact]
    public async Task AWordOfASuggestion_IsPartlyAccepted_ATypedCharacterIsNot()
    {
        FakeServer server = Completing("bar(baz)").Run();
        using TritterClient client = Client(server);
        client.Open(Uri, "csharp", "foo.");
        server.Next("textDocument/didOpen");
        await client.CompleteAsync(Uri, 4, asked: false, null, TestContext.Current.CancellationToken);

        client.Change(Uri, [new TextEdit(4, 0, "b")], 5, NotAsked);
        client.Change(Uri, [new TextEdit(5, 0, "ar")], 7, NotAsked);

        Assert.Equal(3, (int)server.Next("tritter/didPartiallyAcceptCompletion")["acceptedLength"]!);
        client.Change(Uri, [new TextEdit(7, 0, "(")], 8, NotAsked);
        client.Change(Uri, [new TextEdit(8, 0, ")")], 9, NotAsked); // closed by the editor
        Suggestion? rest = await client.CompleteAsync(Uri, 8, asked: false, null, TestContext.Current.CancellationToken);
        Assert.Equal("baz)", rest?.Remaining);
        await client.StopAsync();
        Assert.DoesNotContain(server.Received, m => m.Method == "tritter/didPartiallyAcceptCompletion");
    }

    [Fact]
    public async Task FoldersOfRepositories_AreToldOnce()
    {
        FakeServer server = new FakeServer().On("workspace/didChangeWorkspaceFolders", (_, _) => Task.FromResult<JToken?>(null)).Run();
        using var client = new TritterClient(_ => server.Link, new ClientSettings(), path => path.StartsWith("/other/", StringComparison.Ordinal) ? "/other" : "/src");
        client.Open(Uri, "csharp", "");
        Assert.Equal("file:///src", (string?)server.Next("initialize")["workspaceFolders"]![0]!["uri"]);
        server.Next("textDocument/didOpen");

        client.Open("file:///src/B.cs", "csharp", "");
        client.Open("file:///other/C.cs", "csharp", "");

        Assert.Equal("other", (string?)Assert.Single(server.Next("workspace/didChangeWorkspaceFolders")["event"]!["added"]!)["name"]);
        await client.StopAsync();
        Assert.DoesNotContain(server.Received, m => m.Method == "workspace/didChangeWorkspaceFolders");
    }

    [Fact]
    public async Task AnErrorOfTheServer_IsOneLine()
    {
        FakeServer server = new FakeServer().On("tritter/ask", (_, _) => throw new LocalRpcException("the index is off") { ErrorCode = -32803 }).Run();
        using TritterClient client = Client(server);

        ServerException error = await Assert.ThrowsAsync<ServerException>(() => client.AskAsync("?", null, null, _ => { }, TestContext.Current.CancellationToken));

        Assert.Equal("the index is off", error.Message);
        await client.StopAsync();
    }

    [Fact]
    public async Task Settings_AreGivenWhenTheServerAsks()
    {
        FakeServer server = new FakeServer().Run();
        using TritterClient client = Client(server);
        client.Open(Uri, "csharp", "");
        server.Next("textDocument/didOpen");
        client.Settings = new ClientSettings(MaxTokens: 1000, Gate: false);

        JToken asked = await server.AskAsync("workspace/configuration", new { items = new[] { new { section = "tritter" }, new { section = "other" } } });

        Assert.Equal("""[{"completion":{"enabled":true,"automatic":true,"maxTokens":256,"context":true,"gate":false}},null]""", asked.ToString(Newtonsoft.Json.Formatting.None));
        Assert.False((bool?)server.Next("workspace/didChangeConfiguration")["settings"]!["tritter"]!["completion"]!["gate"]);
        await client.StopAsync();
    }

    [Fact]
    public async Task AServerThatEnds_IsReplacedByOneThatKnowsTheDocuments()
    {
        FakeServer first = Completing("x").Run(), second = Completing("y").Run();
        var waits = new List<TimeSpan>();
        using TritterClient client = Client(waits, first, second);
        client.Open(Uri, "csharp", "foo.");
        first.Next("textDocument/didOpen");
        client.Change(Uri, [new TextEdit(4, 0, "b")], 5, NotAsked);
        first.Next("textDocument/didChange");
        await client.CompleteAsync(Uri, 5, asked: false, null, TestContext.Current.CancellationToken);

        first.Crash();

        JToken opened = second.Next("textDocument/didOpen")["textDocument"]!;
        Assert.Equal(("foo.b", 2), ((string?)opened["text"], (int)opened["version"]!));
        Assert.Equal([TimeSpan.FromSeconds(1)], waits);
        // The new server is asked: what the old one suggested is forgotten with it.
        Suggestion? suggestion = null;
        while (suggestion is null)
        {
            await Task.Yield();
            suggestion = await client.CompleteAsync(Uri, 5, asked: false, null, TestContext.Current.CancellationToken);
        }

        Assert.Equal("y", suggestion.Text);
        await client.StopAsync();
    }

    [Fact]
    public async Task AServerThatKeepsEnding_IsGivenUpWithAReason()
    {
        var waits = new List<TimeSpan>();
        int starts = 0;
        using var client = new TritterClient(
            _ =>
            {
                FakeServer server = new FakeServer().Run();
                Interlocked.Increment(ref starts);
                server.Crash();
                return server.Link;
            },
            new ClientSettings(),
            wait: (delay, _) =>
            {
                waits.Add(delay);
                return Task.CompletedTask;
            });
        var failed = new TaskCompletionSource<string>();
        client.Failed += failed.SetResult;

        client.Open(Uri, "csharp", "");

        string reason = await failed.Task.WaitAsync(Patience.Time, TestContext.Current.CancellationToken);
        Assert.DoesNotContain('\n', reason);
        Assert.Equal(BackOff.MostEnds, starts);
        Assert.Equal([1.0, 2, 4, 8], waits.Select(w => w.TotalSeconds));
        Assert.Equal("error", client.Status.State);
        await Assert.ThrowsAsync<ServerException>(() => client.AskAsync("?", null, null, _ => { }, TestContext.Current.CancellationToken));

        var again = new TaskCompletionSource<string>();
        client.Failed -= failed.SetResult;
        client.Failed += again.SetResult;
        client.Restart();
        await again.Task.WaitAsync(Patience.Time, TestContext.Current.CancellationToken);
        Assert.Equal(2 * BackOff.MostEnds, starts);
    }

    [Fact]
    public async Task WithoutAProgram_TheReasonIsInTheLog()
    {
        using var client = new TritterClient(new ServerCommand("/no/such/tritter").Start, new ClientSettings(), wait: (_, _) => Task.CompletedTask);
        var lines = new List<string>();
        var failed = new TaskCompletionSource<string>();
        client.Logged += lines.Add;
        client.Failed += failed.SetResult;

        client.Open(Uri, "csharp", "");

        Assert.Contains("/no/such/tritter", await failed.Task.WaitAsync(Patience.Time, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Contains(lines, line => line.Contains("could not be started", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Status_AndMessages_ReachTheEditor()
    {
        FakeServer server = new FakeServer().Run();
        using TritterClient client = Client(server);
        var seen = new System.Collections.Concurrent.BlockingCollection<string>();
        client.StatusChanged += s => seen.Add(s.Line);
        client.Logged += line => seen.Add("log " + line);
        client.Failed += line => seen.Add("failed " + line);
        client.Open(Uri, "csharp", "");
        server.Next("textDocument/didOpen");

        await server.TellAsync("tritter/status", new { state = "starting", progress = 0.42, model = "m" });
        await server.TellAsync("tritter/status", new { state = "error", reason = "no model.safetensors in /x" });
        await server.TellAsync("window/logMessage", new { type = 3, message = "one" });
        await server.TellAsync("window/showMessage", new { type = 1, message = "two" });

        Assert.Equal(
            ["Tritter: loading the model, 42 %", "Tritter: no model.safetensors in /x", "log one", "log two", "failed two"],
            Enumerable.Range(0, 5).Select(_ => seen.TryTake(out string? line, Patience.Time) ? line : "nothing"));
        await client.StopAsync();
    }

    private static string NotAsked() => throw new InvalidOperationException("the text was ours");

    private static TritterClient Client(params FakeServer[] servers) => Client([], servers);

    private static TritterClient Client(List<TimeSpan> waits, params FakeServer[] servers)
    {
        var next = new Queue<FakeServer>(servers);
        return new TritterClient(_ => next.Dequeue().Link, new ClientSettings(), path => path.StartsWith("/src/", StringComparison.Ordinal) ? "/src" : null, (delay, _) =>
        {
            waits.Add(delay);
            return Task.CompletedTask;
        });
    }

    private static FakeServer Completing(string text) => new FakeServer().On("textDocument/inlineCompletion", (parameters, _) => Task.FromResult<JToken?>(JObject.FromObject(new
    {
        items = new[] { new { insertText = text, range = new { start = parameters!["position"], end = parameters["position"] }, command = new { title = "", command = "accept", arguments = new[] { "s1" } } } },
    })));

    private static string Show(JToken didChange)
    {
        JToken change = Assert.Single(didChange["contentChanges"]!);
        return $"{didChange["textDocument"]!["version"]} {change["range"]!["start"]!["line"]}:{change["range"]!["start"]!["character"]} {change["text"]}";
    }
}
