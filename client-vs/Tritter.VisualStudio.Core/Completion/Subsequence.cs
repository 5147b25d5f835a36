namespace Tritter.VisualStudio.Completion;

/// <summary>Where the characters of one text occur, in their order, in another.</summary>
internal static class Subsequence
{
    /// <returns>
    /// An index into <paramref name="text"/> for each character of <paramref name="part"/>, as late as possible: the bracket that an editor closed
    /// is a suggestion's last one. Null when they do not all occur.
    /// </returns>
    public static int[]? Places(string part, string text)
    {
        var places = new int[part.Length];
        int from = text.Length - 1;
        for (int i = part.Length - 1; i >= 0; i--)
        {
            int found = from < 0 ? -1 : text.LastIndexOf(part[i], from);
            if (found < 0)
            {
                return null;
            }

            places[i] = found;
            from = found - 1;
        }

        return places;
    }
}
