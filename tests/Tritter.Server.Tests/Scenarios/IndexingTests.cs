using System.Text.Json.Nodes;
using Tritter.Core.Completion;
using Tritter.Core.Syntax;
using Tritter.Server.Completions;
using Tritter.Server.Tests.Client;
using static Tritter.Server.Tests.Client.LspTestClientSteps;

namespace Tritter.Server.Tests.Scenarios;

/// <summary>The folders of the workspace are indexed, kept up to date, and take part in completions.</summary>
public sealed class IndexingTests : IDisposable
{
    private const string Python = "def total(basket):\n    return count_discounted_items(basket)\n";
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tritter-indexing-");

    public IndexingTests()
    {
        Write("basket.py", Python);
        Write("shop.py", "def count_discounted_items(basket):\n    return len(basket.discounted)\n");
    }

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Files_are_indexed_in_the_background_and_shown_to_the_model()
    {
        Assert.SkipWhen(TreeSitter.Missing is not null, TreeSitter.Missing ?? "");
        CompletionRequest? asked = null;
        await using InProcessServer server = InProcessServer.Start((request, _) =>
        {
            asked = request;
            return InProcessServer.Say("x");
        });
        await StartAsync(server, new { window = new { workDoneProgress = true } });
        await UntilAsync(server, index => (string?)index["state"] == "ready");

        server.Client.Open(Python, Uri("basket.py"), "python");
        await server.Client.CompleteAsync(1, 35, Uri("basket.py"));

        Assert.Contains(asked!.Context, piece => piece.Path == "shop.py" && piece.Text.Contains("discounted"));
        Assert.DoesNotContain(asked.Context, piece => piece.Path == "basket.py");
    }

    [Fact]
    public async Task What_is_found_anew_is_shown_when_the_model_has_read_it()
    {
        Assert.SkipWhen(TreeSitter.Missing is not null, TreeSitter.Missing ?? "");
        var time = new ManualTime();
        var (begun, read) = (new SemaphoreSlim(0), new SemaphoreSlim(0));
        int shown = -1;
        await using InProcessServer server = InProcessServer.Start(
            (request, cancellationToken) =>
            {
                shown = request.Context.Count;
                if (shown > 0)
                {
                    begun.Release();
                    read.Wait(cancellationToken);
                }

                return new CompletionResult("", EmptyReason.NothingToAdd, default);
            },
            time,
            Pacing.None with { IdleAfter = TimeSpan.Zero });
        await StartAsync(server, new { });
        await UntilAsync(server, index => (string?)index["state"] == "ready");
        server.Client.Open(Python, Uri("basket.py"), "python");
        Task<JsonArray> AskAsync() => server.Client.CompleteAsync(1, 35, Uri("basket.py"), triggerKind: Automatic);

        await AskAsync();
        Assert.Equal(0, shown);
        time.Pass(TimeSpan.FromSeconds(1));
        Assert.True(await begun.WaitAsync(_patience, TestContext.Current.CancellationToken));
        server.Client.Type(2, 1, 0, " ", Uri("basket.py"));
        await AskAsync();
        Assert.Equal(0, shown);

        time.Pass(TimeSpan.FromSeconds(1));
        Assert.True(await begun.WaitAsync(_patience, TestContext.Current.CancellationToken));
        read.Release();
        await server.Client.NotificationAsync("window/logMessage", p => ((string)p["message"]!).StartsWith("computed ahead", StringComparison.Ordinal));
        server.Client.Type(3, 1, 0, " ", Uri("basket.py"));
        read.Release();
        await AskAsync();
        Assert.Equal(1, shown);
    }

    [Fact]
    public async Task What_is_saved_created_or_deleted_is_looked_at()
    {
        await using InProcessServer server = InProcessServer.StartEcho();
        await StartAsync(server, new { });
        await UntilAsync(server, index => (int?)index["files"] == 2);

        Write("new.py", "x = 1\n");
        server.Client.Notify("workspace/didChangeWatchedFiles", new { changes = new[] { new { uri = Uri("new.py"), type = 1 } } });
        await UntilAsync(server, index => (int?)index["files"] == 3);
        Write(".env", "PASSWORD=sesame\n");
        server.Client.Notify("textDocument/didSave", new { textDocument = new { uri = Uri(".env") } });
        await UntilAsync(server, index => (int?)index["redactions"] == 1);
        File.Delete(Path.Combine(_folder.FullName, "shop.py"));
        server.Client.Notify("workspace/didChangeWatchedFiles", new { changes = new[] { new { uri = Uri("shop.py"), type = 3 } } });
        await UntilAsync(server, index => (int?)index["files"] == 3);
    }

    [Fact]
    public async Task Folders_come_and_go_and_the_setting_switches_it_off()
    {
        await using InProcessServer server = InProcessServer.StartEcho();
        await StartAsync(server, new { });
        await UntilAsync(server, index => (string?)index["state"] == "ready");

        var folder = new { uri = new Uri(_folder.FullName).AbsoluteUri, name = "shop" };
        server.Client.Notify("workspace/didChangeWorkspaceFolders", new { @event = new { added = Array.Empty<object>(), removed = new[] { folder } } });
        await UntilAsync(server, index => (string?)index["state"] == "off");
        server.Client.Notify("workspace/didChangeWorkspaceFolders", new { @event = new { added = new[] { folder }, removed = Array.Empty<object>() } });
        await UntilAsync(server, index => (string?)index["state"] == "ready");
        server.Client.Notify("workspace/didChangeConfiguration", new { settings = new { tritter = new { index = new { enabled = false } } } });
        await UntilAsync(server, index => (string?)index["state"] == "off");
    }

    [Fact]
    public async Task What_tritterignore_names_is_not_completed_until_it_names_it_no_more()
    {
        Write(".tritterignore", "secret.*\n");
        await using InProcessServer server = InProcessServer.StartEcho();
        await StartAsync(server, new { });
        server.Client.Open("Words.\n", Uri("secret.md"), "markdown");
        server.Client.Open("Words.\n", Uri("basket.md"), "markdown");

        Assert.Empty(await server.Client.CompleteAsync(0, 0, Uri("secret.md")));
        Assert.Equal(EmptyReason.Ignored, (string?)(await server.Client.AskAsync("tritter/stats", new { }))["result"]!["lastEmpty"]!["reason"]);
        Assert.Single(await server.Client.CompleteAsync(0, 0, Uri("basket.md")));
        Write(".tritterignore", "");
        server.Client.Notify("textDocument/didSave", new { textDocument = new { uri = Uri(".tritterignore") } });
        Assert.Single(await server.Client.CompleteAsync(0, 0, Uri("secret.md")));
    }

    private async Task StartAsync(InProcessServer server, object capabilities)
    {
        await server.Client.AskAsync("initialize", new { rootUri = new Uri(_folder.FullName).AbsoluteUri, capabilities });
        server.Client.Notify("initialized", new { });
        // Other files' signatures are shown on demand only.
        server.Client.Notify("workspace/didChangeConfiguration", new { settings = new { tritter = new { completion = new { context = "all" } } } });
    }

    private static async Task UntilAsync(InProcessServer server, Func<JsonNode, bool> isSo)
    {
        DateTime end = DateTime.UtcNow + _patience;
        JsonNode index;
        do
        {
            index = (await server.Client.AskAsync("tritter/stats", new { }))["result"]!["index"]!;
            if (isSo(index))
            {
                return;
            }

            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
        while (DateTime.UtcNow < end);

        Assert.Fail($"the index stays {index.ToJsonString()}");
    }

    private string Uri(string name) => new Uri(Path.Combine(_folder.FullName, name)).AbsoluteUri;

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder.FullName, name), text);
}
