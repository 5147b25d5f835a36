using System.Text.RegularExpressions;

namespace Tritter.Core.Completion;

/// <summary>Whether code uses names only that stand around it, or that it declares itself: a guess for where no compiler has the time.</summary>
internal static partial class KnownNames
{
    /// <param name="suggestion">To be inserted at <paramref name="offset"/> of <paramref name="text"/>.</param>
    public static bool All(string suggestion, string text, int offset)
    {
        // A word may begin before the cursor.
        int start = offset;
        while (start > 0 && (char.IsLetterOrDigit(text[start - 1]) || text[start - 1] == '_'))
        {
            start--;
        }

        HashSet<string> known = [.. Word().Matches(text[..start] + "\n" + text[offset..]).Select(m => m.Value)];
        return Word().Matches(text[start..offset] + suggestion).All(m => known.Contains(m.Value));
    }

    [GeneratedRegex(@"[\p{L}_][\p{L}\p{Nd}_]*")]
    private static partial Regex Word();
}
