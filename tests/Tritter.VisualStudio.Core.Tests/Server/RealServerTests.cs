using System.Diagnostics;
using Tritter.VisualStudio.Completion;
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

        // Type one character of it, take a word of it, and then the rest.
        string text = _cart.Text;
        Edit(client, ref text, new TextEdit(suggestion.Caret, 0, suggestion.Remaining[..1]));
        Suggestion typed = await CompleteAsync(client, suggestion.Caret + 1);
        int word = NextPart.Word(typed.Remaining);
        client.PartiallyAccepted(typed, word);
        Edit(client, ref text, typed.PartialEdits(word)[0]);
        Suggestion? rest = await client.CompleteAsync(Uri, typed.Caret + word, asked: false, null, TestContext.Current.CancellationToken);
        if (rest is { } r && r.Accept == suggestion.Accept)
        {
            client.Accepted(r);
            foreach (TextEdit edit in r.Edits(text))
            {
                Edit(client, ref text, edit);
            }

            Assert.Equal(document, text);
        }

        Assert.Equal(suggestion.Remaining[1..], typed.Remaining);
        // The server's text is the editor's: it completes in a place that only exists after the edits.
        Edit(client, ref text, new TextEdit(text.Length, 0, "\r\n\r\npublic sealed class Other\r\n{\r\n    private int "));
        Assert.NotNull(await CompleteAsync(client, text.Length));
        await client.StopAsync();
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

    private static async Task<TritterClient> StartAsync(List<ServerLink>? processes = null, int? parent = null)
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
        void TakeStatus(Protocol.ServerStatus status)
        {
            if (status.State == "ready")
            {
                ready.TrySetResult();
            }
        }

        client.StatusChanged += TakeStatus;
        client.Open(Uri, "csharp", _cart.Text);
        await ready.Task.WaitAsync(Patience.Time, TestContext.Current.CancellationToken);
        client.StatusChanged -= TakeStatus;
        return client;
    }

    private static async Task<Suggestion> CompleteAsync(TritterClient client, int caret) =>
        await client.CompleteAsync(Uri, caret, asked: false, null, TestContext.Current.CancellationToken) ?? throw new InvalidOperationException("the server suggested nothing");

    private static void Edit(TritterClient client, ref string text, TextEdit edit)
    {
        text = TextEdit.Apply(text, [edit]);
        client.Change(Uri, [edit], text.Length, () => throw new InvalidOperationException("the text was ours"));
    }
}
