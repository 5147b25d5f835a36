namespace Tritter.Core.Completion;

/// <summary>A suggestion with the text that it was made for.</summary>
/// <param name="Text">The whole document, with its own line endings.</param>
/// <param name="Offset">The cursor in <paramref name="Text"/>.</param>
/// <param name="Result">What was suggested there; perhaps nothing.</param>
public sealed record CachedSuggestion(string Text, int Offset, CompletionResult Result)
{
    /// <summary>More than an editor ever puts behind the cursor by itself: an indented line with closing brackets.</summary>
    private const int MostInserted = 200;

    /// <summary>What is left of it in another text: all where nothing changed, the rest where somebody typed its beginning.</summary>
    /// <returns>Null where the text is about something else, or nothing is left.</returns>
    public SuggestionRest? In(string text, int offset)
    {
        int typed = offset - Offset;
        string whole = Result.Text;
        if (typed < 0 || typed > whole.Length
            || !text.AsSpan(0, Offset).SequenceEqual(Text.AsSpan(0, Offset))
            || !text.AsSpan(Offset, typed).SequenceEqual(whole.AsSpan(0, typed)))
        {
            return null;
        }

        ReadOnlySpan<char> behind = text.AsSpan(offset), before = Text.AsSpan(Offset);
        if (behind.SequenceEqual(before))
        {
            // All of nothing is an answer too: there is nothing to say. What was typed to its end is none.
            return whole.Length == 0 || !whole.AsSpan(typed).IsWhiteSpace() ? new SuggestionRest(whole[typed..], 0) : null;
        }

        int inserted = behind.Length - before.Length;
        return inserted is > 0 and <= MostInserted && behind.EndsWith(before, StringComparison.Ordinal) ? BeforeClosers(whole, typed, behind[..inserted]) : null;
    }

    /// <summary>The editor closed by itself what was typed open. The suggestion closes it as well, further on.</summary>
    private static SuggestionRest? BeforeClosers(string whole, int typed, ReadOnlySpan<char> inserted)
    {
        var pending = new PendingClosers();
        foreach (char c in whole.AsSpan(0, typed))
        {
            pending.Read(c);
        }

        string closers = string.Concat(inserted.ToString().Where(c => !char.IsWhiteSpace(c)));
        if (closers.Length == 0 || !IsSubsequence(closers, pending.Innermost))
        {
            return null;
        }

        string rest = whole[typed..];
        int first = -1, found = 0;
        int owed = pending.Innermost.Count();
        for (int i = 0; i < rest.Length && found < closers.Length; i++)
        {
            int now = pending.Read(rest[i]);
            if (now < owed)
            {
                owed = now;
                if (rest[i] == closers[found])
                {
                    found++;
                    first = first < 0 ? i : first;
                }
            }
        }

        if (found < closers.Length)
        {
            return null;
        }

        // On one line the suggestion replaces the editor's closers by its own, and what follows them comes along. No editor replaces several lines.
        SuggestionRest left = inserted.ContainsAny('\r', '\n') ? new(rest[..first].TrimEnd(), 0) : new(rest, inserted.Length);
        return left.Text.AsSpan().IsWhiteSpace() ? null : left;
    }

    private static bool IsSubsequence(string part, IEnumerable<char> whole)
    {
        int next = 0;
        foreach (char c in whole)
        {
            next += next < part.Length && part[next] == c ? 1 : 0;
        }

        return next == part.Length;
    }
}

/// <summary>What is left of a suggestion.</summary>
/// <param name="Text">To put at the cursor.</param>
/// <param name="Replaces">UTF-16 code units behind the cursor, on its line, that <paramref name="Text"/> stands for: brackets that the editor closed.</param>
public readonly record struct SuggestionRest(string Text, int Replaces);
