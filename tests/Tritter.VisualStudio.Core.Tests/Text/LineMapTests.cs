using Tritter.VisualStudio.Protocol;
using Tritter.VisualStudio.Text;

namespace Tritter.VisualStudio.Tests.Text;

public sealed class LineMapTests
{
    [Theory]
    [InlineData("$0", 0, 0)]
    [InlineData("ab$0", 0, 2)]
    [InlineData("a\nb$0c", 1, 1)]
    [InlineData("a\r\nb$0c", 1, 1)]
    [InlineData("a\rb$0", 1, 1)]
    [InlineData("a\r\r\n$0", 2, 0)]
    [InlineData("a$0\r\n", 0, 1)]
    [InlineData("a\n\n$0", 2, 0)]
    [InlineData("😀漢$0\n", 0, 3)] // UTF-16 units: the emoji has two.
    [InlineData("a\u2028b\u0085c$0", 0, 5)] // Lines of Visual Studio, not of LSP.
    public void OffsetAndPosition_AreTheSamePlace(string marked, int line, int character)
    {
        (string text, int caret) = Marked.Cursor(marked);
        var lines = new LineMap(text);

        Assert.Equal(new Position(line, character), lines.PositionOf(caret));
        Assert.Equal(caret, lines.OffsetOf(new Position(line, character)));
    }

    [Theory]
    [InlineData(0, 9, "ab$0\r\ncd")]
    [InlineData(1, 9, "ab\r\ncd$0")]
    [InlineData(9, 0, "ab\r\ncd$0")]
    [InlineData(-1, 3, "$0ab\r\ncd")]
    public void PositionsBehindTheEnd_AreTheEnd(int line, int character, string expected)
    {
        (string text, _) = Marked.Cursor(expected);

        Assert.Equal(expected, Marked.Mark(text, new LineMap(text).OffsetOf(new Position(line, character))));
    }

    [Fact]
    public void BetweenReturnAndNewLine_ThePositionIsInFrontOfBoth() => Assert.Equal(new Position(0, 1), new LineMap("a\r\nb").PositionOf(2));

    [Theory]
    [InlineData(-1)]
    [InlineData(3)]
    public void OffsetsOutsideOfTheText_AreRefused(int offset) => Assert.Throws<ArgumentOutOfRangeException>(() => new LineMap("ab").PositionOf(offset));
}
