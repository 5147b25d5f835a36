using System.Diagnostics;
using Tritter.VisualStudio.Answers;
using Tritter.VisualStudio.Completion;
using Tritter.VisualStudio.Protocol;
using Tritter.VisualStudio.Server;
using Tritter.VisualStudio.Text;

namespace Tritter.VisualStudio.Tests.Server;

/// <summary>The client with the built server and the embedded model, as Visual Studio runs them. Which words the model finds is its business.</summary>
public sealed class RealServerTests
{
    private const string Uri = "file:///src/Cart.cs";

    private static readonly (string Text, int Caret) _cart = Marked.Cursor("""
        using System.Collections.Generic;

        namespace Shop;

        /* 😀 */ public sealed class Cart
        {
            private readonly List<decimal> _prices = new();

            public void Add(decimal price)
            {
                _prices.$0
            }
        }
        """.ReplaceLineEndings("\r\n"));

    [Fact]
    public async Task WhatIsSuggested_CanBeTypedThroughAcceptedInPartsAndAccepted()
    {
        using TritterClient client = await StartAsync();
        Suggestion suggestion = await CompleteAsync(client, _cart.Caret);
        string document = TextEdit.Apply(_cart.Text, suggestion.Edits(_cart.Text));
        client.Shown(suggestion);

        // Type one character of it, take a word of it, and then the rest. From here on the server is not asked: what it said is followed.
        string text = _cart.Text;
        Edit(client, ref text, new TextEdit(suggestion.Caret, 0, suggestion.Remaining[..1]));
        Suggestion typed = await FollowAsync(client, suggestion.Caret + 1);
        int word = Math.Max(NextPart.Word(typed.Remaining), 2);
        Edit(client, ref text, typed.PartialEdits(word)[0]);
        Suggestion rest = await FollowAsync(client, typed.Caret + word);
        foreach (TextEdit edit in rest.Edits(text))
        {
            Edit(client, ref text, edit);
        }

        client.Accepted(rest);
        ServerStats stats = await client.StatsAsync(TestContext.Current.CancellationToken);

        Assert.Equal(suggestion.Remaining[1..], typed.Remaining);
        Assert.Equal(document, text);
        Assert.Equal((1, 1, 1, 1), (stats.Requests, stats.Shown, stats.PartiallyAccepted, stats.Accepted));
        // The server's text is the editor's: it completes in a place that only exists after the edits.
        Edit(client, ref text, new TextEdit(text.Length, 0, "\r\n\r\npublic sealed class Other\r\n{\r\n    private int "));
        Assert.NotNull(await CompleteAsync(client, text.Length));
        await client.StopAsync();
    }

    [Fact]
    public async Task QuestionsAboutARepository_AreAnsweredInPartsAndWithPlaces()
    {
        string folder = Directory.CreateTempSubdirectory("tritter-vs-").FullName;
        const string Store = "namespace Shop;\r\n\r\npublic sealed class Store\r\n{\r\n    public int Count(string sku) => sku.Length;\r\n}\r\n";
        File.WriteAllText(Path.Combine(folder, "Shop.csproj"), """<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup></Project>""");
        File.WriteAllText(Path.Combine(folder, "Store.cs"), Store);
        File.WriteAllText(Path.Combine(folder, "Basket.cs"), "namespace Shop;\n\npublic sealed class Basket(Store store)\n{\n    public int Total() => store.Count(\"a\");\n}\n");
        string uri = DocumentUri.Of(Path.Combine(folder, "Store.cs"));
        try
        {
            using TritterClient client = await StartAsync(uri: uri, text: Store);
            var parts = new List<string>();

            Answer explained = await client.ExplainAsync(uri, Store.IndexOf("Count", StringComparison.Ordinal), 0, null, parts.Add, TestContext.Current.CancellationToken);
            Assert.Equal(("symbol", true), (explained.Kind, explained.Exact));
            Assert.StartsWith(string.Concat(parts), explained.Markdown, StringComparison.Ordinal);
            Assert.Contains(explained.Citations!, c => c.Path == "Basket.cs");

            Answer defined = await client.AskAsync("Where is Store.Count defined?", null, uri, _ => { }, TestContext.Current.CancellationToken);
            Answer called = await client.AskAsync("and who calls it?", defined.Conversation, uri, _ => { }, TestContext.Current.CancellationToken);
            await client.ClearConversationAsync(defined.Conversation, TestContext.Current.CancellationToken);

            Assert.Equal(("definition", "callers"), (defined.Kind, called.Kind));
            var shown = new StreamedAnswer();
            shown.Complete(called);
            Citation place = Assert.Single(shown.Blocks.SelectMany(b => b.Spans).Select(shown.Cited).OfType<Citation>(), c => c.Path == "Basket.cs");
            Assert.Equal(Path.Combine(folder, "Basket.cs"), DocumentUri.ToPath(place.Uri));
            Assert.Equal(4, place.Range.Start.Line);
            await client.StopAsync();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task AKilledServer_IsStartedAgainAndGoesOn()
    {
        var processes = new List<ServerLink>();
        using TritterClient client = await StartAsync(processes);
        Suggestion before = await CompleteAsync(client, _cart.Caret);
        var again = new TaskCompletionSource();
        client.StatusChanged += s =>
        {
            if (s.State == "ready")
            {
                again.TrySetResult();
            }
        };

        processes[0].Dispose();

        await again.Task.WaitAsync(Patience.Time, TestContext.Current.CancellationToken);
        Suggestion after = await CompleteAsync(client, _cart.Caret);
        Assert.Equal(before.Text, after.Text);
        Assert.Equal(2, processes.Count);
        await client.StopAsync();
        await Task.WhenAll(processes.Select(p => p.Ended)).WaitAsync(Patience.Time, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task WithoutTheEditorsProcess_TheServerEnds()
    {
        using Process editor = Process.Start(new ProcessStartInfo("sleep", "600"))!;
        var processes = new List<ServerLink>();
        using TritterClient client = await StartAsync(processes, editor.Id);

        editor.Kill();

        await processes[0].Ended.WaitAsync(Patience.Time, TestContext.Current.CancellationToken);
        await client.StopAsync();
    }

    private static async Task<TritterClient> StartAsync(List<ServerLink>? processes = null, int? parent = null, string uri = Uri, string? text = null)
    {
        var command = new ServerCommand("dotnet", Path.Combine(Checkout.Root, "server", "Tritter.Server", "bin", "Release", "net10.0", "tritter.dll"), "lsp", "--model", Checkout.EmbeddedModel);
        var client = new TritterClient(
            log =>
            {
                ServerLink link = command.Start(log);
                processes?.Add(link);
                return link;
            },
            new ClientSettings(),
            wait: (_, _) => Task.CompletedTask);
        client.ParentProcessId = parent ?? client.ParentProcessId;
        var ready = new TaskCompletionSource();
        void TakeStatus(ServerStatus status)
        {
            if (status.State == "ready")
            {
                ready.TrySetResult();
            }
        }

        client.StatusChanged += TakeStatus;
        client.Open(uri, "csharp", text ?? _cart.Text);
        await ready.Task.WaitAsync(Patience.Time, TestContext.Current.CancellationToken);
        client.StatusChanged -= TakeStatus;
        return client;
    }

    // Asked for, since what comes while typing may be cut off by the server's clock.
    private static async Task<Suggestion> CompleteAsync(TritterClient client, int caret) =>
        await client.CompleteAsync(Uri, caret, asked: true, null, TestContext.Current.CancellationToken) ?? throw new InvalidOperationException("the server suggested nothing");

    private static async Task<Suggestion> FollowAsync(TritterClient client, int caret) =>
        await client.CompleteAsync(Uri, caret, asked: false, null, TestContext.Current.CancellationToken) ?? throw new InvalidOperationException("the suggestion was lost");

    private static void Edit(TritterClient client, ref string text, TextEdit edit)
    {
        text = TextEdit.Apply(text, [edit]);
        client.Change(Uri, [edit], text.Length, () => throw new InvalidOperationException("the text was ours"));
    }
}
