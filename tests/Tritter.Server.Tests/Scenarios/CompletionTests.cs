using System.Text.Json.Nodes;
using Tritter.Server.Tests.Client;

namespace Tritter.Server.Tests.Scenarios;

/// <summary>The built server with the embedded model. Which words it finds is the model's business; that they fit the protocol is tested here.</summary>
public sealed class CompletionTests
{
    private const string Code = """
        using System.Collections.Generic;

        namespace Shop;

        public sealed class Cart
        {
            private readonly List<decimal> _prices = new();

            public void Add(decimal price)
            {
                _prices.$0
            }
        }
        """;

    [Fact]
    public async Task OpenedFile_IsCompletedAtTheCursor()
    {
        await using ServerProcess server = ServerProcess.Start();
        await server.Client.StartAsync();
        (string text, int line, int character) = Cursor(Code);
        server.Client.Open(text);

        JsonNode item = Assert.Single(await server.Client.CompleteAsync(line, character))!;

        string inserted = (string)item["insertText"]!;
        Assert.False(string.IsNullOrWhiteSpace(inserted));
        Assert.DoesNotContain("<|", inserted, StringComparison.Ordinal);
        Assert.Equal(line, (int?)item["range"]!["start"]!["line"]);
        Assert.Equal(character, (int?)item["range"]!["end"]!["character"]);
        await server.Client.StopAsync();
        Assert.Equal(0, (await server.EndAsync()).ExitCode);
    }

    [Fact]
    public async Task TypedText_IsCompletedLikeOpenedText()
    {
        await using ServerProcess server = ServerProcess.Start();
        await server.Client.StartAsync();
        (string text, int line, int character) = Cursor(Code);
        server.Client.Open(text);
        JsonArray opened = await server.Client.CompleteAsync(line, character);

        const string Typed = "_prices.";
        server.Client.Close();
        server.Client.Open(text.Remove(text.LastIndexOf(Typed, StringComparison.Ordinal), Typed.Length));
        for (int i = 0; i < Typed.Length; i++)
        {
            server.Client.Type(i + 2, line, character - Typed.Length + i, Typed[i..(i + 1)]);
        }

        Assert.Equal(opened.ToJsonString(), (await server.Client.CompleteAsync(line, character)).ToJsonString());
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    public async Task Utf8AndUtf16_FindTheSameCursorBehindEmojis(string newLine)
    {
        (string text, int line, int character) = Cursor(Code.Replace("_prices.$0", "/* 😀 漢字 */ _prices.$0", StringComparison.Ordinal).ReplaceLineEndings(newLine));

        async Task<string> InsertedAsync(string encoding, int column)
        {
            await using ServerProcess server = ServerProcess.Start();
            await server.Client.StartAsync(new { general = new { positionEncodings = new[] { encoding } } });
            server.Client.Open(text);
            return (string)(await server.Client.CompleteAsync(line, column))[0]!["insertText"]!;
        }

        // The emoji takes 2 units or 4 bytes, each of the two characters after it 1 unit or 3 bytes.
        Assert.Equal(await InsertedAsync("utf-16", character), await InsertedAsync("utf-8", character + 2 + 4));
    }

    [Fact]
    public async Task CancelledCompletion_IsAnsweredAndTheNextOneComes()
    {
        await using ServerProcess server = ServerProcess.Start();
        await server.Client.StartAsync();
        (string text, int line, int character) = Cursor(Code);
        server.Client.Open(text);
        int id = server.Client.SendComplete(line, character);
        await server.Client.NotificationAsync("tritter/status", p => (string?)p["state"] == "busy");

        server.Client.Notify("$/cancelRequest", new { id });

        // The model may have been faster than the cancellation; what must not happen is no answer or another one.
        Assert.Contains(await server.Client.Answer(id).ErrorCodeAsync(), new[] { -32800, 0 });
        Assert.Single(await server.Client.CompleteAsync(line, character));
    }

    [Theory]
    [InlineData("untitled:Untitled-1")]
    [InlineData("file:///c%3A/Users/me/a%20b.py")]
    [InlineData("file://server/share/x.py")]
    public async Task AnyUri_IsGoodEnough(string uri)
    {
        await using ServerProcess server = ServerProcess.Start();
        await server.Client.StartAsync();
        server.Client.Open("def add(a, b):\n    return a ", uri, "python");

        Assert.Single(await server.Client.CompleteAsync(1, 13, uri));
    }

    [Fact]
    public async Task WrongModelFolder_IsAnErrorStatusThatNamesIt_AndEmptyCompletions()
    {
        string missing = Path.Combine(AppContext.BaseDirectory, "no-such-model");
        await using ServerProcess server = ServerProcess.Start(missing);
        await server.Client.StartAsync();
        server.Client.Open("class A");

        JsonObject status = await server.Client.NotificationAsync("tritter/status", p => (string?)p["state"] == "error");

        string reason = (string)status["params"]!["reason"]!;
        Assert.Contains("no-such-model", reason, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', reason);
        Assert.Empty(await server.Client.CompleteAsync(0, 7));
    }

    private static (string Text, int Line, int Character) Cursor(string marked)
    {
        string[] parts = marked.Split("$0");
        string[] before = parts[0].Split('\n');
        return (string.Concat(parts), before.Length - 1, before[^1].Length);
    }
}
