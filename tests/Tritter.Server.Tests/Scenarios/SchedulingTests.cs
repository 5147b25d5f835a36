using System.Text.Json.Nodes;
using Tritter.Core.Completion;
using Tritter.Server.Completions;
using Tritter.Server.Tests.Client;

namespace Tritter.Server.Tests.Scenarios;

/// <summary>Which completions are computed, in what order, and how those that are not are answered. The test plays the model.</summary>
public sealed class SchedulingTests
{
    private const string Cancelled = "-32800";
    private const string Modified = "-32801";
    private const string Other = "file:///work/shop/src/Other.cs";

    [Fact]
    public async Task CancelledRequest_IsAnsweredAtOnce_AndTheModelStops()
    {
        var model = new PlayedModel();
        await using InProcessServer server = await StartAsync(model);
        int id = server.Client.SendComplete(0, 0);
        await model.BegunAsync();

        server.Client.Notify("$/cancelRequest", new { id });

        Assert.Equal(Cancelled, await OutcomeAsync(server, id));
        int next = server.Client.SendComplete(0, 0);
        await model.BegunAsync();
        model.Answer();
        Assert.Equal("after a", await OutcomeAsync(server, next));
    }

    [Fact]
    public async Task CancelledWhileWaiting_IsNeverComputed()
    {
        var model = new PlayedModel();
        await using InProcessServer server = await StartAsync(model);
        int running = server.Client.SendComplete(0, 0);
        int waiting = server.Client.SendComplete(0, 0, Other);
        await model.BegunAsync();

        server.Client.Notify("$/cancelRequest", new { id = waiting });

        Assert.Equal(Cancelled, await OutcomeAsync(server, waiting));
        model.Answer();
        Assert.Equal("after a", await OutcomeAsync(server, running));
        Assert.Equal(["src/Cart.cs"], model.Asked);
    }

    [Fact]
    public async Task NewerEdit_EndsOlderCompletionsOfItsDocumentOnly()
    {
        var model = new PlayedModel();
        await using InProcessServer server = await StartAsync(model);
        int other = server.Client.SendComplete(0, 0, Other);
        int old = server.Client.SendComplete(0, 0);
        await model.BegunAsync();

        server.Client.Type(2, 0, 1, "b");

        Assert.Equal(Modified, await OutcomeAsync(server, old));
        int fresh = server.Client.SendComplete(0, 2);
        model.Answer();
        model.Answer();
        Assert.Equal("after o", await OutcomeAsync(server, other));
        Assert.Equal("after ab", await OutcomeAsync(server, fresh));
        Assert.Equal(["src/Other.cs", "src/Cart.cs"], model.Asked);
    }

    [Fact]
    public async Task NewerEdit_StopsTheModelInTheMiddle()
    {
        var model = new PlayedModel();
        await using InProcessServer server = await StartAsync(model);
        int old = server.Client.SendComplete(0, 0);
        await model.BegunAsync();

        server.Client.Type(2, 0, 1, "b");
        int fresh = server.Client.SendComplete(0, 2);
        await model.BegunAsync();
        model.Answer();

        Assert.Equal(Modified, await OutcomeAsync(server, old));
        Assert.Equal("after ab", await OutcomeAsync(server, fresh));
    }

    [Fact]
    public async Task NewerRequest_CancelsOlderOnesOfTheSameDocument()
    {
        var model = new PlayedModel();
        await using InProcessServer server = await StartAsync(model);
        int first = server.Client.SendComplete(0, 0);
        await model.BegunAsync();
        int second = server.Client.SendComplete(0, 1);
        int third = server.Client.SendComplete(0, 0);

        Assert.Equal(Cancelled, await OutcomeAsync(server, first));
        Assert.Equal(Cancelled, await OutcomeAsync(server, second));
        model.Answer();
        Assert.Equal("after a", await OutcomeAsync(server, third));
    }

    [Fact]
    public async Task ClosedDocument_EndsItsCompletions()
    {
        var model = new PlayedModel();
        await using InProcessServer server = await StartAsync(model);
        int id = server.Client.SendComplete(0, 0);
        await model.BegunAsync();

        server.Client.Close();

        Assert.Equal(Modified, await OutcomeAsync(server, id));
    }

    [Fact]
    public async Task RequestBeforeTheModelIsLoaded_WaitsForIt()
    {
        var model = new PlayedModel();
        using var loading = new SemaphoreSlim(0);
        await using InProcessServer server = InProcessServer.Start(() => Load(model, loading));
        await server.Client.StartAsync();
        server.Client.Open("a");
        server.Client.Open("o", Other);
        int first = server.Client.SendComplete(0, 0);
        int second = server.Client.SendComplete(0, 0, Other);
        await server.Client.NotificationAsync("tritter/status", p => (string?)p["state"] == "starting");

        // Cancelling works while there is no model yet.
        server.Client.Notify("$/cancelRequest", new { id = first });
        Assert.Equal(Cancelled, await OutcomeAsync(server, first));
        Assert.Empty(model.Asked);

        loading.Release();
        model.Answer();
        Assert.Equal("after o", await OutcomeAsync(server, second));
        Assert.Equal(["src/Other.cs"], model.Asked);
    }

    [Fact]
    public async Task RequestWithoutInitialized_LoadsTheModel()
    {
        var model = new PlayedModel();
        await using InProcessServer server = InProcessServer.Start(model.Complete);
        await server.Client.AskAsync("initialize", new { capabilities = new { } });
        server.Client.Open("a");
        model.Answer();

        Assert.Equal("after a", await OutcomeAsync(server, server.Client.SendComplete(0, 0)));
    }

    [Fact]
    public async Task FaultInTheModel_FailsTheRequestAndNotTheNext()
    {
        int asked = 0;
        await using InProcessServer server = InProcessServer.Start((_, _) => ++asked == 1 ? throw new InvalidDataException("a fault") : InProcessServer.Say("fine"));
        await server.Client.StartAsync();
        server.Client.Open("a");

        Assert.Equal("-32603", await OutcomeAsync(server, server.Client.SendComplete(0, 0)));
        Assert.Equal("fine", await OutcomeAsync(server, server.Client.SendComplete(0, 0)));
    }

    [Fact]
    public async Task ManyRequestsAndEdits_AreAllAnswered()
    {
        await using InProcessServer server = InProcessServer.StartEcho();
        await server.Client.StartAsync();
        server.Client.Open("");
        var ids = new List<int>();
        for (int i = 0; i < 500; i++)
        {
            server.Client.Type(i + 2, 0, i, "x");
            ids.Add(server.Client.SendComplete(0, i + 1));
        }

        string[] outcomes = await Task.WhenAll(ids.Select(id => OutcomeAsync(server, id)));

        Assert.EndsWith(new string('x', 500) + "$0", outcomes[^1], StringComparison.Ordinal);
        Assert.All(outcomes.Index(), o => Assert.True(
            o.Item == Modified || o.Item.EndsWith("|" + new string('x', o.Index + 1) + "$0", StringComparison.Ordinal),
            $"request {o.Index} was answered about another text: {o.Item}"));
    }

    private static LoadedModel Load(PlayedModel model, SemaphoreSlim loading)
    {
        loading.Wait(LspTestClient.Patience, CancellationToken.None);
        return new LoadedModel(model.Complete, () => { });
    }

    private static async Task<InProcessServer> StartAsync(PlayedModel model)
    {
        InProcessServer server = InProcessServer.Start(model.Complete);
        await server.Client.StartAsync();
        server.Client.Open("a");
        server.Client.Open("o", Other);
        return server;
    }

    /// <summary>The text of the only item, or the error's code.</summary>
    private static async Task<string> OutcomeAsync(InProcessServer server, int id)
    {
        JsonObject answer = await server.Client.Answer(id);
        return answer["error"] is { } error ? error["code"]!.ToJsonString() : (string)answer["result"]!["items"]![0]!["insertText"]!;
    }
}
