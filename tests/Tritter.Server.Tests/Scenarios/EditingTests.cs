using System.Text.Json.Nodes;
using Tritter.Core.Completion;
using Tritter.Server.Tests.Client;
using static Tritter.Server.Tests.Client.LspTestClientSteps;

namespace Tritter.Server.Tests.Scenarios;

/// <summary>The text that the model is asked about is the text in the editor, whatever edits came. The model here echoes what it is asked.</summary>
public sealed class EditingTests
{
    private static readonly object _prefersUtf8 = new { general = new { positionEncodings = new[] { "utf-8", "utf-16" } } };

    [Theory]
    [InlineData("int x = ;", 0, 8, "int x = $0;")]
    [InlineData("a\r\nb\r\n", 1, 1, "a\r\nb$0\r\n")]
    [InlineData("a\rb", 1, 0, "a\r$0b")]
    [InlineData("a\n", 1, 0, "a\n$0")]
    [InlineData("ab\r\ncd", 0, 999, "ab$0\r\ncd")]
    [InlineData("// 😀 漢\nx", 0, 5, "// 😀$0 漢\nx")]
    public async Task Utf16Cursor(string text, int line, int character, string asked) => Assert.Equal(asked, await AskedAsync(new { }, text, line, character));

    [Theory]
    [InlineData("// 😀 漢\nx", 0, 7, "// 😀$0 漢\nx")]
    [InlineData("// 😀 漢\nx", 0, 11, "// 😀 漢$0\nx")]
    [InlineData("é = 1\r\n漢 = 2\r\n", 1, 3, "é = 1\r\n漢$0 = 2\r\n")]
    [InlineData("// 😀", 0, 5, "// $0😀")]
    public async Task Utf8Cursor(string text, int line, int character, string asked) => Assert.Equal(asked, await AskedAsync(_prefersUtf8, text, line, character));

    [Fact]
    public async Task SeveralEditsInOneNotification_AreCountedEachInTheResultOfTheOneBefore()
    {
        Assert.Equal("one TWO$0\nthree", await AskedAsync(
            new { }, "one two", 0, 7, Replace(0, 7, 0, 7, "\nthree"), Replace(0, 4, 0, 7, "TWO?"), Replace(0, 7, 0, 8, "")));
    }

    [Theory]
    [InlineData("utf-16", 6)]
    [InlineData("utf-8", 10)]
    public async Task EditsAreCountedInTheAgreedEncoding(string encoding, int end)
    {
        var capabilities = new { general = new { positionEncodings = new[] { encoding } } };

        Assert.Equal("s = \"ok$0\"", await AskedAsync(capabilities, "s = \"😀漢\"", 0, 7, Replace(0, 5, 0, 6, "x"), Replace(0, 5, 0, end, "ok\""), Replace(0, 8, 0, 99, "")));
    }

    [Fact]
    public async Task EditWithoutARange_ReplacesEverything() =>
        Assert.Equal("new$0", await AskedAsync(new { }, "old\nold", 0, 3, new { text = "new" }));

    [Fact]
    public async Task EditPastTheLastLine_MeansTheEndOfTheText() =>
        Assert.Equal("a$0", await AskedAsync(new { }, "a\nb", 0, 1, Replace(0, 1, 9, 0, "")));

    [Fact]
    public async Task EditInsideCrLf_KeepsLineEndingsAsTheyAre() =>
        Assert.Equal("a\r\nx$0\r\nc", await AskedAsync(new { }, "a\r\nb\r\nc", 1, 1, Replace(1, 0, 1, 99, "x")));

    [Fact]
    public async Task VersionThatDoesNotGrow_IsAppliedAndLogged()
    {
        await using InProcessServer server = InProcessServer.StartEcho();
        await server.Client.StartAsync();
        server.Client.Open("a");
        server.Client.Type(5, 0, 1, "b");
        server.Client.Type(5, 0, 2, "c");
        server.Client.Type(3, 0, 3, "d");

        Assert.Equal("abcd$0", await AskedAsync(server, 0, 4));
        await server.Client.NotificationAsync("window/logMessage", p => ((string)p["message"]!).Contains("version 3", StringComparison.Ordinal));
    }

    [Fact]
    public async Task DocumentsThatAreNotOpen_DoNoHarm()
    {
        await using InProcessServer server = InProcessServer.StartEcho();
        await server.Client.StartAsync();

        server.Client.Type(2, 0, 0, "x", "file:///never/opened.cs");
        server.Client.Close("file:///never/opened.cs");
        Assert.Empty(await server.Client.CompleteAsync(0, 0, "file:///never/opened.cs"));
        server.Client.Open("a");
        server.Client.Close();
        Assert.Empty(await server.Client.CompleteAsync(0, 0));
        server.Client.Open("b");
        Assert.Equal("b$0", await AskedAsync(server, 0, 1));
    }

    [Fact]
    public async Task CursorOnALineThatDoesNotExist_IsRefusedWithTheNumberOfLines()
    {
        await using InProcessServer server = InProcessServer.StartEcho();
        await server.Client.StartAsync();
        server.Client.Open("a\nb");

        JsonObject answer = await server.Client.Answer(server.Client.SendComplete(2, 0));

        Assert.Equal(-32602, (int?)answer["error"]!["code"]);
        Assert.Contains("2 lines", (string?)answer["error"]!["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task ThousandsOfRapidEdits_KeepTheTextRight()
    {
        const int Edits = 3000;
        await using InProcessServer server = InProcessServer.StartEcho();
        await server.Client.StartAsync();
        var random = new Random(42);
        string[] pieces = ["a", "é", "😀", "漢", "\n", "\r\n", "xyz ", "{\n}"];
        string text = "start\n";
        server.Client.Open(text);

        for (int version = 2; version < Edits + 2; version++)
        {
            // Cut only where a cursor can stand, and keep the text short enough for many line endings to be hit.
            int start = Cursor(text, random.Next(text.Length + 1));
            int end = Cursor(text, Math.Min(text.Length, start + random.Next(text.Length > 300 ? 40 : 6)));
            string typed = pieces[random.Next(pieces.Length)];
            ((int startLine, int startCharacter), (int endLine, int endCharacter)) = (Position(text, start), Position(text, end));
            server.Client.Change(version, CartUri, Replace(startLine, startCharacter, endLine, endCharacter, typed));
            text = text[..start] + typed + text[end..];
            if (version % 500 == 0)
            {
                Assert.Equal("$0" + text, await AskedAsync(server, 0, 0));
            }
        }

        Assert.Equal("$0" + text, await AskedAsync(server, 0, 0));
    }

    /// <summary>An entry chosen in the suggestion list: the completion goes on after it, and has to begin with it.</summary>
    [Fact]
    public async Task SelectedSuggestion_IsCompletedAsIfItWereAccepted()
    {
        await using InProcessServer server = InProcessServer.StartEcho();
        await server.Client.StartAsync();
        server.Client.Open("cart.To;");
        var range = new { start = new { line = 0, character = 5 }, end = new { line = 0, character = 7 } };

        JsonArray items = await server.Client.CompleteAsync(0, 7, selectedCompletionInfo: new { range, text = "Total" });

        Assert.Equal("Totalsrc/Cart.cs|shop|64|cart.Total$0;", (string?)items[0]!["insertText"]);
        Assert.Equal(5, (int?)items[0]!["range"]!["start"]!["character"]);
        Assert.Equal(7, (int?)items[0]!["range"]!["end"]!["character"]);
    }

    [Fact]
    public async Task Item_ReplacesNothing_AndSaysSo()
    {
        await using InProcessServer server = InProcessServer.StartEcho();
        await server.Client.StartAsync();
        server.Client.Open("ab");

        JsonArray items = await server.Client.CompleteAsync(0, 1);

        Assert.Equal("""{"start":{"line":0,"character":1},"end":{"line":0,"character":1}}""", items[0]!["range"]!.ToJsonString());
    }

    /// <summary>Editors that work in UTF-16 may send one: JSON can spell it, Unicode has no such character.</summary>
    [Fact]
    public async Task HalfAPair_IsTextLikeAnyOther()
    {
        CompletionRequest? asked = null;
        await using InProcessServer server = InProcessServer.Start((request, _) =>
        {
            asked = request;
            return InProcessServer.Say("fine");
        });
        await server.Client.StartAsync();
        server.Client.Open("ab");

        server.Client.SendContent($$$"""
            {"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"{{{CartUri}}}","version":2},"contentChanges":[
            {"range":{"start":{"line":0,"character":1},"end":{"line":0,"character":1}},"text":"\ud83d"},
            {"range":{"start":{"line":0,"character":2},"end":{"line":0,"character":2}},"text":"\n\t\"\\\u00e9é\udE00"},
            {"range":{"start":{"line":1,"character":0},"end":{"line":1,"character":0}},"text":"\udE00\ud83d\ude00"}]}}
            """);
        server.Client.Type(3, 0, 0, "_");

        Assert.Single(await server.Client.CompleteAsync(0, 1));
        Assert.Equal("_a\uD83D\n\uDE00😀\t\"\\éé\uDE00b", asked!.Document.Text);
    }

    [Fact]
    public async Task HalfAPairElsewhere_LosesThatMessageAtMost()
    {
        await using InProcessServer server = InProcessServer.StartEcho();
        await server.Client.StartAsync();

        server.Client.SendContent("""{"jsonrpc":"2.0","method":"a\ud83d","params":{}}""");
        server.Client.SendContent("""{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"\ud83d":1}}""");
        server.Client.SendContent("""{"jsonrpc":"2.0","id":"\ud83d","method":"textDocument/inlineCompletion","params":{}}""");
        server.Client.SendContent("""{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":"\ud83d"}}""");
        server.Client.Open("a");

        Assert.Equal("a$0", await AskedAsync(server, 0, 1));
    }

    private static int Cursor(string text, int offset) =>
        offset < text.Length && (char.IsLowSurrogate(text[offset]) || (text[offset] == '\n' && offset > 0 && text[offset - 1] == '\r')) ? offset - 1 : offset;

    private static (int Line, int Character) Position(string text, int offset)
    {
        string[] lines = text[..offset].Replace("\r\n", "\n").Split('\n');
        return (lines.Length - 1, lines[^1].Length);
    }

    private static async Task<string> AskedAsync(object capabilities, string text, int line, int character, params object[] edits)
    {
        await using InProcessServer server = InProcessServer.StartEcho();
        await server.Client.StartAsync(capabilities);
        server.Client.Open(text);
        if (edits.Length > 0)
        {
            server.Client.Change(2, CartUri, edits);
        }

        return await AskedAsync(server, line, character);
    }

    /// <summary>The text that the model was asked about, with <c>$0</c> at the cursor.</summary>
    private static async Task<string> AskedAsync(InProcessServer server, int line, int character)
    {
        JsonArray items = await server.Client.CompleteAsync(line, character);
        return ((string)items.Single()!["insertText"]!).Split('|', 4)[3];
    }
}
