namespace Tritter.Core.Evaluation;

/// <summary>Chooses where to cut: seeded, so that the same files give the same cases.</summary>
public static class InfillCuts
{
    private const int MinBlockLines = 2;
    private const int MaxBlockLines = 6;
    private const int MinCharacters = 4;
    private const int TriesForACase = 400;

    /// <param name="files">Path and text, lines ending in \n.</param>
    /// <param name="count">Cases of each kind.</param>
    /// <param name="isWorthwhile">Whether what would be cut needs knowledge of other files.</param>
    public static IEnumerable<InfillCase> Choose(IReadOnlyList<(string Path, string Text)> files, int count, int seed, Func<InfillCase, bool> isWorthwhile)
    {
        foreach (InfillKind kind in Enum.GetValues<InfillKind>())
        {
            // A stream of its own for each kind: more cases of one do not change the others.
            var random = new Random(seed * 31 + (int)kind);
            var chosen = new HashSet<(string, int)>();
            for (int tries = 0; chosen.Count < count && tries < count * TriesForACase; tries++)
            {
                (string path, string text) = files[random.Next(files.Count)];
                if (Cut(path, text, kind, random) is { } candidate && !chosen.Contains((path, candidate.Start)) && isWorthwhile(candidate))
                {
                    chosen.Add((path, candidate.Start));
                    yield return candidate;
                }
            }
        }
    }

    private static InfillCase? Cut(string path, string text, InfillKind kind, Random random)
    {
        string[] lines = text.Split('\n');
        int first = random.Next(lines.Length);
        if (!IsCode(lines[first]))
        {
            return null;
        }

        int lineStart = lines.Take(first).Sum(l => l.Length + 1);
        int indent = lines[first].Length - lines[first].TrimStart().Length;
        switch (kind)
        {
            case InfillKind.RestOfLine:
                int column = random.Next(indent, lines[first].Length);
                bool insideWord = column > 0 && IsWord(lines[first][column - 1]) && IsWord(lines[first][column]);
                return insideWord || lines[first][column..].Trim().Length < MinCharacters
                    ? null
                    : new InfillCase(path, kind, text, lineStart + column, lines[first].Length - column);
            case InfillKind.NextLine:
                return lines[first].Trim().Length < MinCharacters ? null : new InfillCase(path, kind, text, lineStart + indent, lines[first].Length - indent);
            default:
                int count = random.Next(MinBlockLines, MaxBlockLines + 1);
                string[] block = [.. lines.Skip(first).Take(count)];
                return block.Length == count && IsBlock(block, indent)
                    ? new InfillCase(path, kind, text, lineStart + indent, block.Sum(l => l.Length + 1) - 1 - indent)
                    : null;
        }
    }

    /// <summary>Whether lines belong together: indented at least like the first, every bracket closed.</summary>
    private static bool IsBlock(string[] lines, int indent)
    {
        int depth = 0;
        foreach (string line in lines)
        {
            if (line.Trim().Length == 0 || line.Length - line.TrimStart().Length < indent)
            {
                return false;
            }

            foreach (char c in line)
            {
                depth += c switch { '(' or '[' or '{' => 1, ')' or ']' or '}' => -1, _ => 0 };
                if (depth < 0)
                {
                    return false;
                }
            }
        }

        return depth == 0;
    }

    private static bool IsCode(string line) =>
        line.Trim() is { Length: > 0 } code && !code.StartsWith("//", StringComparison.Ordinal) && !code.StartsWith('#') && !code.StartsWith('*') && !code.StartsWith("/*", StringComparison.Ordinal)
        && !code.StartsWith("using ", StringComparison.Ordinal) && !code.StartsWith("import ", StringComparison.Ordinal) && !code.StartsWith("from ", StringComparison.Ordinal) && !code.StartsWith("use ", StringComparison.Ordinal);

    private static bool IsWord(char c) => char.IsLetterOrDigit(c) || c == '_';
}
