namespace Tritter.Core.Chunking;

/// <summary>Cuts any text where a line without indentation follows a blank line.</summary>
internal static class LineUnits
{
    public static IReadOnlyList<SyntaxUnit> Of(string text)
    {
        var units = new List<SyntaxUnit>();
        int start = 0;
        bool blankBefore = false;
        for (int line = 0; line < text.Length; line = NextLine(text, line))
        {
            bool blank = text.AsSpan(line, NextLine(text, line) - line).IsWhiteSpace();
            if (!blank && blankBefore && !char.IsWhiteSpace(text[line]) && line > start)
            {
                units.Add(Unit(start, line));
                start = line;
            }

            blankBefore = blank;
        }

        if (start < text.Length)
        {
            units.Add(Unit(start, text.Length));
        }

        return units;

        SyntaxUnit Unit(int from, int to) => new(from, to, ChunkKind.Lines) { Breaks = BlankLines(text, from, to) };
    }

    /// <summary>Offset of the line after the one at <paramref name="offset"/>, or the text's end.</summary>
    public static int NextLine(string text, int offset)
    {
        int end = text.IndexOf('\n', offset);
        return end < 0 ? text.Length : end + 1;
    }

    private static List<int> BlankLines(string text, int from, int to)
    {
        var breaks = new List<int>();
        for (int line = from; line < to;)
        {
            int next = NextLine(text, line);
            if (next < to && text.AsSpan(line, next - line).IsWhiteSpace())
            {
                breaks.Add(next);
            }

            line = next;
        }

        return breaks;
    }
}
