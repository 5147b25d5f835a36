namespace Tritter.Core.Completion;

/// <summary>Takes off a suggestion what nobody wants to see: white space at its end and text that already stands behind the cursor.</summary>
internal static class SuggestionTrim
{
    /// <param name="text">Generated text, lines ending in \n.</param>
    /// <param name="suffix">Text after the cursor.</param>
    /// <returns>What is left, and why nothing is when it is empty.</returns>
    public static (string Text, string? EmptyReason) Apply(string text, string suffix)
    {
        // A broken character in the file makes the model write more of them.
        string trimmed = TrimEnd(text.Split('\uFFFD')[0]);
        if (trimmed.AsSpan().Trim().Length == 0)
        {
            return ("", EmptyReason.Blank);
        }

        string fresh = TrimEnd(CutRepeatedLines(CutRestOfLine(trimmed, suffix), suffix));
        return fresh.AsSpan().Trim().Length == 0 ? ("", EmptyReason.Repeats) : (fresh, null);
    }

    /// <summary>"foo(a)" before ");" loses its ")": the longest end that the rest of the cursor's line begins with.</summary>
    private static string CutRestOfLine(string text, string suffix)
    {
        ReadOnlySpan<char> rest = FirstLine(suffix).TrimEnd();
        if (rest.Trim().Length == 0)
        {
            return text;
        }

        ReadOnlySpan<char> whole = rest.TrimStart();
        for (int length = Math.Min(whole.Length, text.Length); length > 0; length--)
        {
            // A shorter overlap than all the rest must be punctuation: "count" before "tmp" shares a letter by chance.
            bool meaningful = length == whole.Length || IsPunctuation(whole[..length]);
            if (meaningful && text.AsSpan().EndsWith(whole[..length], StringComparison.Ordinal))
            {
                return text[..^length];
            }
        }

        return text;
    }

    /// <summary>Last lines that are the next lines of the file go; a lone closing bracket is a repeat only of the very next line.</summary>
    private static string CutRepeatedLines(string text, string suffix)
    {
        if (FirstLine(suffix).Trim().Length > 0)
        {
            return text;
        }

        string[] following = suffix.Split('\n').Skip(1).Select(l => l.Trim()).Where(l => l.Length > 0).Take(20).ToArray();
        string[] lines = text.Split('\n');
        for (int first = 0; first < lines.Length; first++)
        {
            string[] tail = lines[first..].Select(l => l.Trim()).Where(l => l.Length > 0).ToArray();
            if (tail.Length > 0 && tail.Length <= following.Length && tail.SequenceEqual(following.Take(tail.Length)))
            {
                return string.Join('\n', lines[..first]);
            }
        }

        return text;
    }

    private static string TrimEnd(string text)
    {
        string trimmed = text.TrimEnd();
        return trimmed.Length > 0 && char.IsHighSurrogate(trimmed[^1]) ? trimmed[..^1] : trimmed;
    }

    private static ReadOnlySpan<char> FirstLine(string text)
    {
        int end = text.IndexOf('\n');
        return end < 0 ? text : text.AsSpan(0, end);
    }

    private static bool IsPunctuation(ReadOnlySpan<char> text)
    {
        foreach (char c in text)
        {
            if (char.IsLetterOrDigit(c) || c == '_')
            {
                return false;
            }
        }

        return true;
    }
}
