namespace Tritter.Torch.Packing;

/// <summary>Where a text is cut for fill-in-the-middle: between prefix and middle is the cursor, as an editor would have it.</summary>
/// <param name="Start">First character of the middle.</param>
/// <param name="End">First character of the suffix.</param>
public readonly record struct CursorCut(int Start, int End)
{
    private const int MaxSpan = 400;

    /// <returns>null when the text has no place for the cut that was drawn.</returns>
    public static CursorCut? Draw(string text, Random random)
    {
        double kind = random.NextDouble();
        CursorCut? cut = kind < 0.45 ? RestOfLine(text, random)
            : kind < 0.75 ? Lines(text, random)
            : kind < 0.80 ? DocumentationComment(text, random) ?? RestOfLine(text, random)
            : Span(text, random);
        return cut is { } c && c.End > c.Start && !text.AsSpan(c.Start, c.End - c.Start).IsWhiteSpace() ? cut : null;
    }

    private static CursorCut? RestOfLine(string text, Random random)
    {
        int at = random.Next(text.Length);
        (int start, int end) = LineAt(text, at);
        int indent = Indent(text, start);
        return indent >= end ? null : new CursorCut(random.Next(indent, end), end);
    }

    /// <summary>The rest of a line and what follows: up to seven lines, or to the end of the block that the line is in.</summary>
    private static CursorCut? Lines(string text, Random random)
    {
        (int start, int end) = LineAt(text, random.Next(text.Length));
        int indent = Indent(text, start);
        if (indent >= end)
        {
            return null;
        }

        int depth = indent - start;
        // Half of the time the cursor is where a new statement begins.
        int cursor = random.Next(2) == 0 ? indent : random.Next(indent, end);
        bool toBlockEnd = random.Next(3) == 0;
        int more = toBlockEnd ? 12 : random.Next(1, 8);
        for (int i = 0; i < more && end < text.Length; i++)
        {
            (int nextStart, int nextEnd) = LineAt(text, end + 1 < text.Length ? end + 1 : end);
            int nextIndent = Indent(text, nextStart);
            if (toBlockEnd && nextIndent < nextEnd && nextIndent - nextStart < depth)
            {
                break;
            }

            if (nextEnd <= end)
            {
                break;
            }

            end = nextEnd;
        }

        while (end > cursor && char.IsWhiteSpace(text[end - 1]))
        {
            end--;
        }

        return new CursorCut(cursor, end);
    }

    private static CursorCut Span(string text, Random random)
    {
        int start = random.Next(text.Length);
        return new CursorCut(start, Math.Min(text.Length, start + random.Next(1, MaxSpan)));
    }

    private static CursorCut? DocumentationComment(string text, Random random)
    {
        string mark = text.Contains("///", StringComparison.Ordinal) ? "///" : text.Contains("\"\"\"", StringComparison.Ordinal) ? "\"\"\"" : "/**";
        int from = text.IndexOf(mark, random.Next(text.Length), StringComparison.Ordinal);
        if (from < 0)
        {
            return null;
        }

        int start = from + mark.Length;
        (_, int end) = LineAt(text, from);
        while (mark == "///" && end + 1 < text.Length)
        {
            (int nextStart, int nextEnd) = LineAt(text, end + 1);
            if (!text.AsSpan(nextStart, nextEnd - nextStart).TrimStart().StartsWith("///") || nextEnd - start > 600)
            {
                break;
            }

            end = nextEnd;
        }

        return new CursorCut(start, end);
    }

    /// <returns>First character of the line and that of its end, the line feed not included.</returns>
    private static (int Start, int End) LineAt(string text, int at)
    {
        int start = at == 0 ? 0 : text.LastIndexOf('\n', at - 1) + 1;
        int end = text.IndexOf('\n', at);
        return (start, end < 0 ? text.Length : end);
    }

    private static int Indent(string text, int start)
    {
        while (start < text.Length && (text[start] is ' ' or '\t'))
        {
            start++;
        }

        return start;
    }
}
