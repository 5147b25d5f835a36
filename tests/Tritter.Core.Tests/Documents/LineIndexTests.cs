using System.Text;
using Tritter.Core.Documents;

namespace Tritter.Core.Tests.Documents;

/// <summary>Offsets and positions. The cursor is <c>$0</c>.</summary>
public sealed class LineIndexTests
{
    [Theory]
    [InlineData("$0", 0, 0, 0)]
    [InlineData("$0abc", 0, 0, 0)]
    [InlineData("abc$0", 0, 3, 3)]
    [InlineData("a\n$0b", 1, 0, 0)]
    [InlineData("a\r\n$0b", 1, 0, 0)]
    [InlineData("a\r$0b", 1, 0, 0)]
    [InlineData("a\n\nb$0", 2, 1, 1)]
    [InlineData("a\r\n\r\nb$0", 2, 1, 1)]
    [InlineData("a\r\rb$0", 2, 1, 1)]
    [InlineData("a\n\rb$0", 2, 1, 1)]
    [InlineData("a\n$0", 1, 0, 0)]
    [InlineData("a$0\r\n", 0, 1, 1)]
    [InlineData("é$0x", 0, 1, 2)]
    [InlineData("漢字$0", 0, 2, 6)]
    [InlineData("x😀$0y", 0, 3, 5)]
    [InlineData("// 😀\r\n漢$0", 1, 1, 3)]
    public void PositionAndOffset_AreInverse(string marked, int line, int utf16, int utf8)
    {
        (string text, int offset) = Cursor(marked);
        var index = new LineIndex(text);

        Assert.Equal(new LinePosition(line, utf16), index.PositionOf(offset, PositionEncoding.Utf16));
        Assert.Equal(new LinePosition(line, utf8), index.PositionOf(offset, PositionEncoding.Utf8));
        Assert.Equal(offset, index.OffsetOf(new LinePosition(line, utf16), PositionEncoding.Utf16));
        Assert.Equal(offset, index.OffsetOf(new LinePosition(line, utf8), PositionEncoding.Utf8));
    }

    [Theory]
    [InlineData("ab$0", 0)]
    [InlineData("ab$0\ncd", 0)]
    [InlineData("ab$0\r\ncd", 0)]
    [InlineData("ab$0\rcd", 0)]
    [InlineData("ab\r\n$0\r\ncd", 1)]
    [InlineData("ab\n$0", 1)]
    public void CharacterPastTheLine_MeansItsEnd(string marked, int line)
    {
        (string text, int offset) = Cursor(marked);
        var index = new LineIndex(text);

        foreach (int character in new[] { 2, 3, 1000, int.MaxValue })
        {
            Assert.Equal(offset, index.OffsetOf(new LinePosition(line, character), PositionEncoding.Utf16));
            Assert.Equal(offset, index.OffsetOf(new LinePosition(line, character), PositionEncoding.Utf8));
        }
    }

    [Theory]
    [InlineData("a$0😀b", 2)]
    [InlineData("a$0😀b", 4)]
    [InlineData("a😀$0b", 5)]
    [InlineData("$0漢", 1)]
    [InlineData("$0漢", 2)]
    public void ByteInsideACodePoint_MeansItsStart(string marked, int utf8)
    {
        (string text, int offset) = Cursor(marked);

        Assert.Equal(offset, new LineIndex(text).OffsetOf(new LinePosition(0, utf8), PositionEncoding.Utf8));
    }

    [Fact]
    public void OffsetInsideCrLf_CountsAsTheEndOfTheLine() =>
        Assert.Equal(new LinePosition(0, 1), new LineIndex("a\r\nb").PositionOf(2, PositionEncoding.Utf16));

    [Fact]
    public void LoneSurrogate_CountsThreeBytesLikeItsReplacement()
    {
        var index = new LineIndex("\ud83dx");

        Assert.Equal(1, index.OffsetOf(new LinePosition(0, 3), PositionEncoding.Utf8));
        Assert.Equal(new LinePosition(0, 3), index.PositionOf(1, PositionEncoding.Utf8));
    }

    [Theory]
    [InlineData("", 1, 1)]
    [InlineData("a\nb", 2, 2)]
    [InlineData("a\n", 2, 2)]
    [InlineData("a", -1, 1)]
    public void MissingLine_IsAnErrorThatCountsTheLines(string text, int line, int lineCount)
    {
        var error = Assert.Throws<LineOutOfRangeException>(() => new LineIndex(text).OffsetOf(new LinePosition(line, 0), PositionEncoding.Utf16));

        Assert.Equal((line, lineCount), (error.Line, error.LineCount));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(4)]
    public void OffsetOutsideTheText_Throws(int offset) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new LineIndex("abc").PositionOf(offset, PositionEncoding.Utf16));

    [Fact]
    public void RandomTexts_AgreeWithCountingFromTheStart()
    {
        var random = new Random(20);
        string[] pieces = ["a", "é", "漢", "😀", "\n", "\r\n", "\r", " "];
        for (int round = 0; round < 300; round++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(40)).Select(_ => pieces[random.Next(pieces.Length)]));
            var index = new LineIndex(text);
            foreach ((int offset, int line, string before) in Places(text))
            {
                var utf16 = new LinePosition(line, before.Length);
                var utf8 = new LinePosition(line, Encoding.UTF8.GetByteCount(before));
                Assert.Equal(utf16, index.PositionOf(offset, PositionEncoding.Utf16));
                Assert.Equal(utf8, index.PositionOf(offset, PositionEncoding.Utf8));
                Assert.Equal(offset, index.OffsetOf(utf16, PositionEncoding.Utf16));
                Assert.Equal(offset, index.OffsetOf(utf8, PositionEncoding.Utf8));
            }
        }
    }

    /// <summary>Every offset that a cursor can have, with its line and the text before it in that line, found one character at a time.</summary>
    private static IEnumerable<(int Offset, int Line, string Before)> Places(string text)
    {
        (int line, int start) = (0, 0);
        for (int i = 0; i <= text.Length; i++)
        {
            bool insideCrLf = i > 0 && i < text.Length && text[i - 1] == '\r' && text[i] == '\n';
            if (insideCrLf || (i < text.Length && char.IsLowSurrogate(text[i])))
            {
                continue;
            }

            if (i > 0 && text[i - 1] is '\r' or '\n')
            {
                (line, start) = (line + 1, i);
            }

            yield return (i, line, text[start..i]);
        }
    }

    private static (string Text, int Offset) Cursor(string marked) =>
        (marked.Replace("$0", ""), marked.IndexOf("$0", StringComparison.Ordinal));
}
