using Tritter.VisualStudio.Protocol;
using Tritter.VisualStudio.Text;

namespace Tritter.VisualStudio.Tests.Text;

public sealed class ContentChangesTests
{
    [Fact]
    public void SeveralEdits_AreToldFromTheEndSoThatNoneMovesAnother()
    {
        TextDocumentContentChangeEvent[] changes = ContentChanges.Of("one two\nthree", [new(0, 3, "1"), new(8, 5, "3")]);

        Assert.Equal(["1:0-1:5=3", "0:0-0:3=1"], changes.Select(Show));
    }

    [Theory]
    [InlineData("a\r\nb", 1, 1, "", "0:1-1:0=\n")] // Only the \r goes: the \n has to be said again.
    [InlineData("a\r\nb", 2, 1, "", "0:1-1:0=\r")]
    [InlineData("a\r\nb", 2, 0, "x", "0:1-1:0=\rx\n")]
    [InlineData("a\r\nb", 1, 2, "", "0:1-1:0=")]
    public void EditsInsideOfALineEnd_TakeAllOfItAlong(string text, int start, int length, string newText, string expected)
    {
        Assert.Equal(expected, Show(Assert.Single(ContentChanges.Of(text, [new(start, length, newText)]))));
    }

    /// <summary>Whatever an editor does, the server's text is the editor's.</summary>
    [Fact]
    public void AnyEdits_GiveTheServerTheSameText()
    {
        var random = new Random(7);
        for (int round = 0; round < 3000; round++)
        {
            string text = RandomText(random, random.Next(12));
            List<TextEdit> edits = RandomEdits(random, text);

            string seen = ContentChanges.Of(text, edits).Aggregate(text, ApplyAsServer);

            Assert.Equal(TextEdit.Apply(text, edits), seen);
        }
    }

    [Theory]
    [InlineData(2, 1, 1, 1)] // out of order
    [InlineData(0, 2, 1, 1)] // overlapping
    [InlineData(0, 1, 3, 1)] // behind the end
    public void EditsThatDoNotFit_AreRefused(int start1, int length1, int start2, int length2)
    {
        Assert.Throws<ArgumentException>(() => TextEdit.Apply("abc", [new(start1, length1, ""), new(start2, length2, "")]));
    }

    private static string RandomText(Random random, int length) =>
        string.Concat(Enumerable.Range(0, length).Select(_ => random.GetItems(["\r", "\n", "\r\n", "a", "😀", "\u2028"], 1)[0]));

    private static List<TextEdit> RandomEdits(Random random, string text)
    {
        var edits = new List<TextEdit>();
        int from = 0;
        for (int i = random.Next(1, 4); i > 0 && from <= text.Length; i--)
        {
            int start = random.Next(from, text.Length + 1), end = random.Next(start, text.Length + 1);
            edits.Add(new TextEdit(start, end - start, RandomText(random, random.Next(3))));
            from = end;
        }

        return edits;
    }

    // By the words of LSP and on its own: split into lines, replace from a line and a character to another.
    private static string ApplyAsServer(string text, TextDocumentContentChangeEvent change)
    {
        int start = Offset(text, change.Range!.Start), end = Offset(text, change.Range.End);
        return text[..start] + change.Text + text[end..];
    }

    private static int Offset(string text, Position position)
    {
        string[] lines = System.Text.RegularExpressions.Regex.Split(text, "(?<=\r\n|\n|\r(?!\n))");
        string line = position.Line < lines.Length ? lines[position.Line] : throw new InvalidOperationException($"no line {position.Line}");
        int content = line.TrimEnd('\r', '\n').Length;
        Assert.InRange(position.Character, 0, content);
        return lines.Take(position.Line).Sum(l => l.Length) + position.Character;
    }

    private static string Show(TextDocumentContentChangeEvent change) =>
        $"{change.Range!.Start.Line}:{change.Range.Start.Character}-{change.Range.End.Line}:{change.Range.End.Character}={change.Text}";
}
