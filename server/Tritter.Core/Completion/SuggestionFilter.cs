using System.Text.RegularExpressions;

namespace Tritter.Core.Completion;

/// <summary>
/// Takes back suggestions, or the ends of them, that a look at the text alone shows to be worthless. Each rule is here because it takes away more
/// wrong suggestions than right ones: docs/evaluation.md has the counts.
/// </summary>
internal static partial class SuggestionFilter
{
    /// <summary>What a suggestion must reach: natural logarithm, mean of its tokens. By measurement, docs/evaluation.md: no right one was below.</summary>
    private const double MinLogProbability = -1.0;

    /// <summary>Times that a line may follow itself.</summary>
    private const int MostRepetitions = 2;

    /// <summary>Letters and digits that make a line one that does not come again by chance.</summary>
    private const int MeaningfulCharacters = 8;

    /// <param name="text">The suggestion, trimmed, lines ending in \n.</param>
    /// <param name="prefix">All text before the cursor.</param>
    /// <param name="suffix">All text after it.</param>
    /// <param name="meanLogProbability">Of the suggestion's tokens, natural logarithm.</param>
    /// <returns>What may be shown, and why nothing may when it is empty.</returns>
    public static (string Text, string? EmptyReason) Apply(string text, string prefix, string suffix, string languageId, double meanLogProbability)
    {
        if (meanLogProbability < MinLogProbability)
        {
            return ("", EmptyReason.NotSure);
        }

        (string Text, string Reason)[] left =
        [
            (CutSpecialTokens(text, prefix, suffix), EmptyReason.OwnToken),
            (CutMismatch(text, prefix, languageId), EmptyReason.Mismatched),
            (CutLoop(text), EmptyReason.Loop),
            (CutLineBelow(text, prefix, suffix), EmptyReason.LineBelow),
            (CutLinesAbove(text, prefix), EmptyReason.LinesAbove),
        ];
        (string shortest, string reason) = left.MinBy(rule => rule.Text.Length);
        string kept = shortest.TrimEnd();
        return kept.Length == 0 ? ("", reason) : (kept.Length == text.Length ? text : kept, null);
    }

    /// <summary>"&lt;|endoftext|>" and its like, spelled in letters. In a file that speaks of them they are text.</summary>
    private static string CutSpecialTokens(string text, string prefix, string suffix)
    {
        foreach (Match token in SpecialToken().Matches(text))
        {
            if (!prefix.Contains(token.Value, StringComparison.Ordinal) && !suffix.Contains(token.Value, StringComparison.Ordinal))
            {
                return text[..token.Index];
            }
        }

        return text;
    }

    /// <summary>"(a]": whatever the language, that never comes right.</summary>
    private static string CutMismatch(string text, string prefix, string languageId)
    {
        var scanner = CodeScanner.For(languageId);
        scanner.Read(prefix);
        var open = new Stack<char>();
        for (int i = 0; i < text.Length;)
        {
            char c = text[i];
            if (scanner.InCode && c is '(' or '[' or '{')
            {
                open.Push(c);
            }
            else if (scanner.InCode && c is ')' or ']' or '}' && open.TryPop(out char opened) && (opened, c) is not (('(', ')') or ('[', ']') or ('{', '}')))
            {
                return text[..i];
            }

            i += scanner.Step(text, i);
        }

        return text;
    }

    private static string CutLoop(string text)
    {
        string[] lines = text.Split('\n');
        int repeated = 1;
        for (int i = 1; i < lines.Length; i++)
        {
            repeated = IsMeaningful(lines[i]) && lines[i].Trim() == lines[i - 1].Trim() ? repeated + 1 : 1;
            if (repeated > MostRepetitions)
            {
                return string.Join('\n', lines[..(i - MostRepetitions + 1)]);
            }
        }

        return text;
    }

    /// <summary>A line that is the next one of the file: what follows it is already written.</summary>
    private static string CutLineBelow(string text, string prefix, string suffix)
    {
        string[] below = suffix.Split('\n', 12);
        if (below[0].Trim().Length > 0 || below.Skip(1).FirstOrDefault(l => l.Trim().Length > 0)?.Trim() is not { } next || !IsMeaningful(next))
        {
            return text;
        }

        string[] lines = text.Split('\n');
        string typed = prefix[(prefix.LastIndexOf('\n') + 1)..];
        for (int i = 0; i < lines.Length; i++)
        {
            if (((i == 0 ? typed : "") + lines[i]).Trim() == next)
            {
                return string.Join('\n', lines[..i]);
            }
        }

        return text;
    }

    /// <summary>All of the suggestion's lines, at least two that mean something, stand right above the cursor in the same order.</summary>
    private static string CutLinesAbove(string text, string prefix)
    {
        string[] lines = [.. text.Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0)];
        int lineStart = prefix.LastIndexOf('\n') + 1;
        if (lines.Length == 0 || prefix.AsSpan(lineStart).Trim().Length > 0 || !lines.Any(IsMeaningful))
        {
            return text;
        }

        string[] above = [.. prefix[..lineStart].Split('\n').TakeLast(4 * lines.Length + 8).Select(l => l.Trim()).Where(l => l.Length > 0)];
        return above.Length >= lines.Length && above[^lines.Length..].SequenceEqual(lines) ? "" : text;
    }

    private static bool IsMeaningful(string line) => line.Count(char.IsLetterOrDigit) >= MeaningfulCharacters;

    [GeneratedRegex(@"<\|[a-z_]{3,20}\|>|<(?:fim|file|repo)_[a-z]{3,12}>|</?s>")]
    private static partial Regex SpecialToken();
}
