using System.Text;
using System.Text.RegularExpressions;

namespace Tritter.Repository.Files;

/// <summary>
/// The patterns of one ignore file, as gitignore(5) describes them. The library that exists for this differs from git where it matters most
/// (<c>/*</c> followed by <c>!/src/</c>); tests compare this with git itself.
/// </summary>
internal sealed class IgnorePatterns
{
    private readonly List<Pattern> _patterns = [];

    public static IgnorePatterns Parse(string text)
    {
        var patterns = new IgnorePatterns();
        foreach (string line in text.TrimStart('\uFEFF').Split('\n'))
        {
            if (Read(line.TrimEnd('\r')) is { } pattern)
            {
                patterns._patterns.Add(pattern);
            }
        }

        return patterns;
    }

    /// <param name="path">Relative to the ignore file's folder, with '/' separators. Whether a folder above it is ignored is the caller's to ask.</param>
    /// <returns>What the last pattern that matches says: true to ignore, false to take it back; null when none does.</returns>
    public bool? Decide(string path, bool isFolder)
    {
        for (int i = _patterns.Count - 1; i >= 0; i--)
        {
            Pattern pattern = _patterns[i];
            if ((isFolder || !pattern.OnlyFolders) && pattern.Match.IsMatch(pattern.OnlyName ? path[(path.LastIndexOf('/') + 1)..] : path))
            {
                return !pattern.TakesBack;
            }
        }

        return null;
    }

    private static Pattern? Read(string line)
    {
        line = WithoutTrailingBlanks(line);
        if (line.Length == 0 || line[0] == '#')
        {
            return null;
        }

        bool takesBack = line[0] == '!';
        line = takesBack ? line[1..] : line;
        bool onlyFolders = line.EndsWith('/');
        line = onlyFolders ? line[..^1] : line;
        if (line.Length == 0)
        {
            return null;
        }

        // A slash anywhere but at the end ties the pattern to the ignore file's folder.
        bool onlyName = !line.Contains('/');
        string? expression = Expression(line.StartsWith('/') ? line[1..] : line);
        return expression is null ? null : new Pattern(new Regex(expression, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking), takesBack, onlyFolders, onlyName);
    }

    private static string WithoutTrailingBlanks(string line)
    {
        int end = line.Length;
        while (end > 0 && line[end - 1] == ' ' && !(end > 1 && line[end - 2] == '\\'))
        {
            end--;
        }

        return line[..end];
    }

    /// <summary>The pattern as a regular expression for the whole path; null for one that git lets match nothing.</summary>
    private static string? Expression(string pattern)
    {
        var expression = new StringBuilder("^");
        for (int i = 0; i < pattern.Length; i++)
        {
            char c = pattern[i];
            if (c == '*')
            {
                int stars = i;
                while (i + 1 < pattern.Length && pattern[i + 1] == '*')
                {
                    i++;
                }

                bool afterSlash = stars == 0 || pattern[stars - 1] == '/';
                bool beforeSlash = i + 1 < pattern.Length && pattern[i + 1] == '/';
                if (i > stars && afterSlash && beforeSlash)
                {
                    expression.Append("(?:.*/)?");
                    i++;
                }
                else
                {
                    expression.Append(i > stars && afterSlash && i + 1 == pattern.Length ? ".+" : "[^/]*");
                }
            }
            else if (c == '?')
            {
                expression.Append("[^/]");
            }
            else if (c == '[')
            {
                if (Class(pattern, ref i) is not { } set)
                {
                    return null;
                }

                expression.Append(set);
            }
            else
            {
                if (c == '\\')
                {
                    // A backslash at the end escapes nothing and matches nothing.
                    if (++i == pattern.Length)
                    {
                        return null;
                    }

                    c = pattern[i];
                }

                expression.Append(Regex.Escape(c.ToString()));
            }
        }

        return expression.Append('$').ToString();
    }

    /// <summary>"[a-c]", "[!x]", "[[:digit:]]"; null when it does not end.</summary>
    private static string? Class(string pattern, ref int i)
    {
        int at = i + 1;
        var set = new StringBuilder("[");
        if (at < pattern.Length && pattern[at] is '!' or '^')
        {
            set.Append("^/");
            at++;
        }

        for (int first = at; at < pattern.Length && (pattern[at] != ']' || at == first); at++)
        {
            if (pattern[at] == '[' && at + 1 < pattern.Length && pattern[at + 1] == ':' && pattern.IndexOf(":]", at, StringComparison.Ordinal) is var end and > 0)
            {
                set.Append(pattern[(at + 2)..end] switch
                {
                    "digit" => "0-9",
                    "alpha" => "A-Za-z",
                    "alnum" => "A-Za-z0-9",
                    "upper" => "A-Z",
                    "lower" => "a-z",
                    "xdigit" => "0-9A-Fa-f",
                    "space" => @"\s",
                    "punct" => @"!-/:-@\[-`{-~",
                    _ => "",
                });
                at = end + 1;
            }
            else if (pattern[at] == '-' && at > first && at + 1 < pattern.Length && pattern[at + 1] != ']')
            {
                set.Append('-');
            }
            else
            {
                at += pattern[at] == '\\' && at + 1 < pattern.Length ? 1 : 0;
                set.Append('\\').Append($"u{(int)pattern[at]:x4}");
            }
        }

        i = at;
        return at < pattern.Length ? set.Append(']').ToString() : null;
    }

    private sealed record Pattern(Regex Match, bool TakesBack, bool OnlyFolders, bool OnlyName);
}
