using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace Tritter.Core.Context;

/// <summary>What the code around a cursor is about: its identifiers, the nearest first.</summary>
public static partial class CursorWords
{
    private const int CharactersBefore = 1500;
    private const int CharactersAfter = 300;
    private const int MinCharacters = 3;
    private const int Most = 24;

    // Of all languages together: a keyword of one is a poor search word in the others, too.
    private static readonly FrozenSet<string> _keywords = (
        "abstract and any args as assert async await base bool boolean break byte case catch char class const continue crate decimal def default del delegate do double elif else enum "
        + "event except explicit export extends extern false final finally fixed float fn for foreach from func function get global goto if impl implements implicit import in init int "
        + "interface internal is lambda let lock long loop match mod mut namespace new nil none nonlocal not null number object operator option or out override params pass private protected "
        + "pub public raise readonly record ref required return sealed self set short sizeof some static str string struct super switch task this throw throws trait true try type typeof uint "
        + "ulong undefined unsafe use using val value var virtual void volatile when where while with yield").Split(' ').ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <returns>Identifiers as spelled, each once.</returns>
    public static IReadOnlyList<string> Near(string text, int offset)
    {
        int start = Math.Max(0, offset - CharactersBefore);
        int end = Math.Min(text.Length, offset + CharactersAfter);
        return
        [
            .. Identifier().Matches(text[start..end])
                // What the window cuts in two is no word.
                .Where(m => m.Length >= MinCharacters && !_keywords.Contains(m.Value) && (m.Index > 0 || start == 0) && (m.Index + m.Length < end - start || end == text.Length))
                .OrderBy(m => Math.Max(0, Math.Max(start + m.Index - offset, offset - start - m.Index - m.Length))).Select(m => m.Value).Distinct(StringComparer.Ordinal).Take(Most),
        ];
    }

    [GeneratedRegex(@"[\p{L}_][\p{L}\p{N}_]*")]
    private static partial Regex Identifier();
}
