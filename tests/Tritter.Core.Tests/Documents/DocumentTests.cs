using Tritter.Core.Documents;

namespace Tritter.Core.Tests.Documents;

/// <summary>Edits of a document. What is replaced stands between two <c>$0</c>; one alone is an insertion.</summary>
public sealed class DocumentTests
{
    [Theory]
    [InlineData("$0", "a", "a")]
    [InlineData("ab$0", "c", "abc")]
    [InlineData("$0ab", "c", "cab")]
    [InlineData("a$0b$0c", "", "ac")]
    [InlineData("a$0b$0c", "xyz", "axyzc")]
    [InlineData("$0abc$0", "", "")]
    [InlineData("a$0\r\n$0b", "\n", "a\nb")]
    [InlineData("a$0😀$0b", "漢", "a漢b")]
    public void Apply_ReplacesTheRange(string marked, string newText, string expected)
    {
        (Document document, TextChange change) = Edit(marked, newText);

        Assert.Equal(expected, document.Apply(2, [change]).Text);
    }

    [Fact]
    public void Apply_CountsEachChangeInTheResultOfTheOneBefore()
    {
        Document document = At(1, "ab").Apply(7, [new TextChange(2, 2, "c"), new TextChange(0, 1, ""), new TextChange(2, 2, "d")]);

        Assert.Equal(At(7, "bcd"), document);
    }

    [Fact]
    public void Apply_LeavesTheOldVersionAsItWas()
    {
        Document before = At(1, "ab");
        before.Apply(2, [new TextChange(0, 2, "")]);

        Assert.Equal("ab", before.Text);
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(2, 1)]
    [InlineData(0, 4)]
    [InlineData(4, 4)]
    public void Apply_RefusesWhatLiesOutsideTheText(int start, int end) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => At(1, "abc").Apply(2, [new TextChange(start, end, "x")]));

    private static (Document Document, TextChange Change) Edit(string marked, string newText)
    {
        string[] parts = marked.Split("$0");
        int end = parts.Length == 3 ? parts[0].Length + parts[1].Length : parts[0].Length;
        return (At(1, string.Concat(parts)), new TextChange(parts[0].Length, end, newText));
    }

    private static Document At(int version, string text) => new("src/a.cs", "csharp", version, text);
}
