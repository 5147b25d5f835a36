namespace Tritter.Core.Tests.Syntax;

/// <summary>Places in a text with what stands there, as somebody would be typing it. Compiled into the bench too.</summary>
internal static class RealCuts
{
    /// <returns>The text before the cursor, what stood there, and the text after it.</returns>
    public static IEnumerable<(string Before, string Cut, string After)> Of(string text, int seed, int count)
    {
        var random = new Random(seed);
        string[] lines = text.Split('\n');
        for (int i = 0; i < count; i++)
        {
            int first = random.Next(lines.Length);
            if (lines[first].Trim().Length == 0)
            {
                continue;
            }

            int indent = lines[first].Length - lines[first].TrimStart().Length;
            int column = i % 2 == 0 ? indent : random.Next(indent, lines[first].Length);
            string before = string.Join('\n', lines[..first].Append(lines[first][..column]));
            string cut = lines[first][column..];
            // What is behind it is there; or the next lines are still to be written; or a line elsewhere is missing.
            int skipped = i % 3 == 1 ? random.Next(1, 4) : 0;
            string[] behind = lines[Math.Min(lines.Length, first + 1 + skipped)..];
            if (i % 3 == 2 && behind.Length > 2)
            {
                int gone = random.Next(behind.Length);
                behind = [.. behind[..gone], .. behind[(gone + 1)..]];
            }

            yield return (before, cut, behind.Length == 0 ? "" : "\n" + string.Join('\n', behind));
        }
    }
}
