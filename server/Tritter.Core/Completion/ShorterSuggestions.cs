namespace Tritter.Core.Completion;

/// <summary>What can be left of a suggestion in which something is wrong.</summary>
internal static class ShorterSuggestions
{
    /// <param name="errorStart">Where in the suggestion the error begins.</param>
    /// <param name="errorEnd">Where it ends.</param>
    /// <returns>Longest first: the lines before the error's, then its own line cut at words' ends if it is the first.</returns>
    public static IEnumerable<string> Of(string suggestion, int errorStart, int errorEnd)
    {
        for (int end = suggestion.LastIndexOf('\n', Math.Max(0, errorStart - 1)); end > 0; end = suggestion.LastIndexOf('\n', end - 1))
        {
            string lines = suggestion[..end].TrimEnd();
            if (lines.Length > 0)
            {
                yield return lines;
            }
        }

        int firstLineEnd = suggestion.IndexOf('\n');
        if (firstLineEnd >= 0 && errorStart >= firstLineEnd)
        {
            yield break;
        }

        // On the first line, at the end of an expression that can stand by itself.
        for (int end = errorEnd; end > 0; end--)
        {
            bool isBoundary = end == suggestion.Length || !(IsWord(suggestion[end]) && IsWord(suggestion[end - 1]));
            if (isBoundary && (IsWord(suggestion[end - 1]) || suggestion[end - 1] is ')' or ']' or ';' or '}' or '"'))
            {
                yield return suggestion[..end];
            }
        }
    }

    private static bool IsWord(char c) => char.IsLetterOrDigit(c) || c == '_';
}
