namespace Tritter.Core.Chunking;

/// <summary>Cuts Markdown at its headings ("# Title"); those in fenced code are none.</summary>
internal static class MarkdownUnits
{
    public static IReadOnlyList<SyntaxUnit> Of(string text)
    {
        var units = new List<SyntaxUnit>();
        string[] path = new string[6];
        char fence = '\0';
        int start = 0;
        (string? symbol, string? heading) = (null, null);
        for (int offset = 0; offset < text.Length;)
        {
            int next = LineUnits.NextLine(text, offset);
            ReadOnlySpan<char> line = text.AsSpan(offset, next - offset).Trim();
            if (line.StartsWith("```") || line.StartsWith("~~~"))
            {
                fence = fence == '\0' ? line[0] : fence == line[0] ? '\0' : fence;
            }

            int level = fence == '\0' ? Level(line) : 0;
            if (level > 0)
            {
                Add(offset);
                path[level - 1] = line[level..].Trim().ToString();
                Array.Clear(path, level, path.Length - level);
                symbol = string.Join(" > ", path.Where(p => !string.IsNullOrEmpty(p)));
                heading = line.ToString();
                start = offset;
            }

            offset = next;
        }

        Add(text.Length);
        return units;

        void Add(int end)
        {
            if (end > start)
            {
                var breaks = LineUnits.Of(text[start..end]).Skip(1).Select(u => u.Start + start).ToList();
                units.Add(new SyntaxUnit(start, end, heading is null ? ChunkKind.Lines : ChunkKind.Section) { Symbol = symbol, Signature = heading, Breaks = breaks });
            }
        }
    }

    private static int Level(ReadOnlySpan<char> line)
    {
        int level = line.IndexOfAnyExcept('#');
        return level is > 0 and <= 6 && line[level] == ' ' ? level : 0;
    }
}
