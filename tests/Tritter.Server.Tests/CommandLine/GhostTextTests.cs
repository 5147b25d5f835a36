using Tritter.Core.Documents;
using Tritter.Server.CommandLine;

namespace Tritter.Server.Tests.CommandLine;

public sealed class GhostTextTests
{
    [Theory]
    [InlineData(false, false, "int x = ⟨1\n + 2⟩;")]
    [InlineData(true, false, "int x = ⟨1\n + 2⟩;")]
    [InlineData(true, true, "int x = \u001b[2m1\n + 2\u001b[22m;")]
    public void TheSuggestionStandsAtTheCursor(bool isTerminal, bool usesAnsi, string shown)
    {
        Assert.Equal(shown, GhostText.Render(Cursor("first\nint x = $0;\nlast"), "1\n + 2", Output(isTerminal, usesAnsi)));
    }

    [Fact]
    public void EscapeSequencesOfTheFileOrTheModelDoNotReachATerminal()
    {
        string shown = GhostText.Render(Cursor("a\u001b[31m$0"), "\u001b]0;title\a", Output(isTerminal: true, usesAnsi: false));

        Assert.Equal("a\uFFFD[31m⟨\uFFFD]0;title\uFFFD⟩", shown);
    }

    private static SourceCursor Cursor(string source)
    {
        int offset = source.IndexOf("$0", StringComparison.Ordinal);
        string text = source.Remove(offset, 2);
        int start = text.LastIndexOf('\n', Math.Max(0, offset - 1)) + 1;
        int end = text.IndexOf('\n', offset) is var found and >= 0 ? found : text.Length;
        return new SourceCursor(new SourcePlace("a.cs", 1, 1), new Document("a.cs", "csharp", 0, text), start, offset, end);
    }

    private static CommandOutput Output(bool isTerminal, bool usesAnsi) => new(TextWriter.Null, TextWriter.Null, isTerminal, usesAnsi, IsErrorTerminal: false);
}
