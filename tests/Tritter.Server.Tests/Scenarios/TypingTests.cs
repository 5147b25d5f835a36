using System.Text.Json.Nodes;
using Tritter.Core.Completion;
using Tritter.Server.Completions;
using Tritter.Server.Tests.Client;
using static Tritter.Server.Tests.Client.InProcessServer;
using static Tritter.Server.Tests.Client.LspTestClientSteps;

namespace Tritter.Server.Tests.Scenarios;

/// <summary>What somebody gets who types, with a model that the test plays.</summary>
public sealed class TypingTests
{
    private static readonly Pacing _computesAhead = Pacing.None with { IdleAfter = TimeSpan.Zero };

    [Fact]
    public async Task TypingThroughASuggestion_IsAnsweredWithoutTheModel_AsTheSameSuggestion()
    {
        int asked = 0;
        await using InProcessServer server = Start((_, _) => Say(++asked == 1 ? "Total(x);" : "other"));
        await server.Client.StartAsync();
        server.Client.Open("a = ");
        JsonNode whole = Assert.Single(await server.Client.CompleteAsync(0, 4))!;

        server.Client.Type(2, 0, 4, "To");
        JsonNode rest = Assert.Single(await server.Client.CompleteAsync(0, 6))!;
        server.Client.Type(3, 0, 6, "tal()");
        JsonNode closed = Assert.Single(await server.Client.CompleteAsync(0, 10))!;

        Assert.Equal(("tal(x);", "x);"), ((string)rest["insertText"]!, (string)closed["insertText"]!));
        Assert.Equal("""{"start":{"line":0,"character":10},"end":{"line":0,"character":11}}""", closed["range"]!.ToJsonString());
        Assert.Equal(whole["command"]!["arguments"]!.ToJsonString(), rest["command"]!["arguments"]!.ToJsonString());
        Assert.Equal(1, asked);
        JsonNode stats = (await server.Client.AskAsync("tritter/stats", new { }))["result"]!;
        Assert.Equal((3, 3, 2), ((int)stats["requests"]!, (int)stats["answered"]!, (int)stats["fromCache"]!));

        server.Client.Type(4, 0, 10, "?");
        Assert.Equal("other", (string)(await server.Client.CompleteAsync(0, 11))[0]!["insertText"]!);
    }

    [Fact]
    public async Task EditOfAnotherDocument_AndNewSettings_ForgetWhatWasSuggested()
    {
        int asked = 0;
        await using InProcessServer server = Start((_, _) => Say($"{++asked}"));
        await server.Client.StartAsync();
        server.Client.Open("a = ");
        server.Client.Open("b", "file:///work/shop/src/Other.cs");
        async Task<string> TextAsync() => (string)(await server.Client.CompleteAsync(0, 4))[0]!["insertText"]!;

        Assert.Equal(["1", "1"], [await TextAsync(), await TextAsync()]);
        server.Client.Type(2, 0, 0, "x", "file:///work/shop/src/Other.cs");
        Assert.Equal(["2", "2"], [await TextAsync(), await TextAsync()]);
        server.Client.Notify("workspace/didChangeConfiguration", new { settings = new { tritter = new { completion = new { maxTokens = 3 } } } });
        Assert.Equal("3", await TextAsync());
    }

    [Fact]
    public async Task WhatFollowsASuggestion_IsComputedAhead()
    {
        var model = new PlayedModel();
        await using InProcessServer server = Start(model.Complete, pacing: _computesAhead);
        await server.Client.StartAsync();
        server.Client.Open("a");
        model.Answer();
        Assert.Equal("after a", (string)(await server.Client.CompleteAsync(0, 1))[0]!["insertText"]!);
        await model.BegunAsync();
        await model.BegunAsync();

        model.Answer();
        await server.Client.NotificationAsync("window/logMessage", p => ((string)p["message"]!).StartsWith("computed ahead", StringComparison.Ordinal));
        server.Client.Type(2, 0, 1, "after a");

        Assert.Equal("after aafter a", (string)(await server.Client.CompleteAsync(0, 8))[0]!["insertText"]!);
        Assert.Equal(1, (int)(await server.Client.AskAsync("tritter/stats", new { }))["result"]!["fromCache"]!);
    }

    [Fact]
    public async Task WhatIsComputedAhead_GivesWayAtOnce()
    {
        var model = new PlayedModel();
        await using InProcessServer server = Start(model.Complete, pacing: _computesAhead);
        await server.Client.StartAsync();
        server.Client.Open("a");
        server.Client.Open("o", "file:///work/shop/src/Other.cs");
        model.Answer();
        await server.Client.CompleteAsync(0, 1);
        await model.BegunAsync();
        await model.BegunAsync();

        // Nobody lets the second completion answer: only its being cancelled makes room for the third.
        int other = server.Client.SendComplete(0, 1, "file:///work/shop/src/Other.cs");
        await model.BegunAsync();
        model.Answer();

        Assert.Equal("after o", (string)(await server.Client.Answer(other))["result"]!["items"]![0]!["insertText"]!);
    }

    [Fact]
    public async Task AutomaticRequests_WaitForTheDelayThatIsSet_AndInvokedOnesDoNot()
    {
        var time = new ManualTime();
        var model = new PlayedModel();
        await using InProcessServer server = Start(model.Complete, time);
        await server.Client.StartAsync();
        server.Client.Open("a");
        server.Client.Notify("workspace/didChangeConfiguration", new { settings = new { tritter = new { completion = new { delayMs = 80 } } } });
        model.Answer();
        model.Answer();

        Assert.Single(await server.Client.CompleteAsync(0, 0));
        int automatic = server.Client.SendComplete(0, 1, triggerKind: Automatic);
        await server.Client.AskAsync("tritter/stats", new { });
        time.Pass(TimeSpan.FromMilliseconds(79));
        await server.Client.AskAsync("tritter/stats", new { });
        Assert.Single(model.Asked);
        time.Pass(TimeSpan.FromMilliseconds(1));

        Assert.NotNull((await server.Client.Answer(automatic))["result"]!["items"]![0]);
    }

    [Theory]
    [InlineData("""{"automatic":false}""", "csharp", "a", 0, 1, EmptyReason.NotAutomatic)]
    [InlineData("""{"languages":{"csharp":false}}""", "csharp", "a", 0, 0, EmptyReason.LanguageOff)]
    [InlineData("""{"languages":{"markdown":false}}""", "csharp", "a", 1, 1, null)]
    [InlineData("""{}""", "csharp", "// a", 0, 1, EmptyReason.Comment)]
    [InlineData("""{"inComments":true}""", "csharp", "// a", 1, 1, null)]
    public async Task WhoAsks_DecidesOnWhetherThereIsAnAnswer(string completion, string language, string text, int automatic, int invoked, string? reason)
    {
        await using InProcessServer server = StartEcho();
        await server.Client.StartAsync();
        server.Client.Open(text, languageId: language);
        server.Client.Notify("workspace/didChangeConfiguration", new { settings = new { tritter = new { completion = JsonNode.Parse(completion) } } });

        Assert.Equal(automatic, (await server.Client.CompleteAsync(0, text.Length, triggerKind: Automatic)).Count);
        Assert.Equal(reason, (string?)(await server.Client.AskAsync("tritter/stats", new { }))["result"]!["lastEmpty"]?["reason"]);
        Assert.Equal(invoked, (await server.Client.CompleteAsync(0, text.Length)).Count);
    }

    [Fact]
    public async Task FirstAutomaticAnswerAboutADocument_ComesHoweverLongItTakes()
    {
        var time = new ManualTime();
        var model = new PlayedModel();
        await using InProcessServer server = await WithBudgetAsync(model, time);

        int first = server.Client.SendComplete(0, 1, triggerKind: Automatic);
        await model.BegunAsync();
        time.Pass(LatencyBudget.Hard);
        model.Answer();

        Assert.Single((await server.Client.Answer(first))["result"]!["items"]!.AsArray());
    }

    [Fact]
    public async Task AutomaticAnswerThatComesTooLate_IsNone_AndAnInvokedOneComes()
    {
        var time = new ManualTime();
        var model = new PlayedModel();
        await using InProcessServer server = await WithBudgetAsync(model, time);
        await ReadAsync(server, model);

        int late = server.Client.SendComplete(0, 1, triggerKind: Automatic);
        await model.BegunAsync();
        time.Pass(LatencyBudget.Hard);
        Assert.Empty((await server.Client.Answer(late))["result"]!["items"]!.AsArray());
        Assert.Equal(EmptyReason.Unfinished, (string?)(await server.Client.AskAsync("tritter/stats", new { }))["result"]!["lastEmpty"]!["reason"]);

        model.Answer();
        Assert.Single(await server.Client.CompleteAsync(0, 1));
    }

    [Fact]
    public async Task ADocumentThatWasClosed_IsNewToTheModelWhenItIsOpenedAgain()
    {
        var time = new ManualTime();
        var model = new PlayedModel();
        await using InProcessServer server = await WithBudgetAsync(model, time);
        await ReadAsync(server, model);
        server.Client.Close();
        server.Client.Open("a");

        int first = server.Client.SendComplete(0, 1, triggerKind: Automatic);
        await model.BegunAsync();
        time.Pass(LatencyBudget.Hard);
        model.Answer();

        Assert.Single((await server.Client.Answer(first))["result"]!["items"]!.AsArray());
    }

    /// <summary>Where answers have a time limit: ready, with a document open.</summary>
    /// <summary>The document is no longer new to the model.</summary>
    private static async Task ReadAsync(InProcessServer server, PlayedModel model)
    {
        model.Answer();
        await server.Client.CompleteAsync(0, 0);
        await model.BegunAsync();
    }

    private static async Task<InProcessServer> WithBudgetAsync(PlayedModel model, ManualTime time)
    {
        InProcessServer server = Start(model.Complete, time, Pacing.None with { HasBudget = true });
        await server.Client.StartAsync();
        server.Client.Open("a");
        await server.Client.NotificationAsync("tritter/status", p => (string?)p["state"] == "ready");
        return server;
    }
}
