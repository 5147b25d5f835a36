using System.Text.RegularExpressions;

namespace Tritter.Core.Ask;

/// <summary>The comment that tells what a declaration is, in languages other than C#: a docstring in it, or comment lines before it.</summary>
internal static partial class DocWords
{
    private const int MostCharacters = 600;

    /// <param name="start">Of the declaration.</param>
    /// <returns>In one line; empty when there is none.</returns>
    public static string Of(string text, int start, int length)
    {
        int end = Math.Min(text.Length, start + length);
        string words = Docstring(text.AsSpan(Math.Min(start, end), end - Math.Min(start, end))) ?? Before(text, Math.Min(start, text.Length));
        // The first paragraph says what it is.
        words = words.Trim().Split("\n\n")[0];
        words = string.Join(' ', words.Split((char[])[' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries));
        return words.Length > MostCharacters ? words[..MostCharacters] + "…" : words;
    }

    private static string Before(string text, int start)
    {
        var lines = new List<string>();
        int at = text.LastIndexOf('\n', Math.Max(0, start - 1));
        while (at > 0)
        {
            int previous = text.LastIndexOf('\n', at - 1);
            string line = text[(previous + 1)..at].Trim();
            if (line.StartsWith("#[", StringComparison.Ordinal) || line.StartsWith('@'))
            {
                // Attributes and decorators stand between comment and declaration.
            }
            else if (line.StartsWith("///", StringComparison.Ordinal) || line.StartsWith("//", StringComparison.Ordinal) || line.StartsWith('#') || line.StartsWith('*') || line.StartsWith("/*", StringComparison.Ordinal))
            {
                lines.Insert(0, line.TrimStart('/', '#', '*', '!').Replace("*/", "", StringComparison.Ordinal).Trim());
            }
            else
            {
                break;
            }

            at = previous;
        }

        return string.Join('\n', lines);
    }

    /// <summary>The text in triple quotes with which a body begins.</summary>
    private static string? Docstring(ReadOnlySpan<char> declaration)
    {
        if (HeaderEnd().EnumerateMatches(declaration) is var ends && !ends.MoveNext())
        {
            return null;
        }

        ReadOnlySpan<char> body = declaration[(ends.Current.Index + ends.Current.Length)..].TrimStart().TrimStart("rRuU");
        string quotes = body.StartsWith("\"\"\"") ? "\"\"\"" : "'''";
        return body.StartsWith(quotes) && body[3..].IndexOf(quotes) is >= 0 and var close ? body.Slice(3, close).ToString() : null;
    }

    [GeneratedRegex(@":[ \t]*(?:#[^\n]*)?\r?\n")]
    private static partial Regex HeaderEnd();
}
