namespace Tritter.VisualStudio.Completion;

/// <summary>How much of a suggestion "accept a word" and "accept a line" take.</summary>
public static class NextPart
{
    /// <summary>Blanks, then one word of letters, digits and underscores or one run of other signs; a line break only when it comes first.</summary>
    public static int Word(string text)
    {
        int i = 0;
        while (i < text.Length && char.IsWhiteSpace(text[i]))
        {
            i++;
        }

        if (i < text.Length && i > 0 && text.IndexOf('\n', 0, i) >= 0)
        {
            // The indentation of the next line belongs to the break; the word behind it is a step of its own.
            return i;
        }

        int start = i;
        while (i < text.Length && !char.IsWhiteSpace(text[i]) && IsWord(text[i]) == IsWord(text[start]))
        {
            i++;
        }

        return i;
    }

    /// <summary>To the end of the line; with its break when nothing stands in front of it.</summary>
    public static int Line(string text)
    {
        int end = text.IndexOf('\n');
        int content = end > 0 && text[end - 1] == '\r' ? end - 1 : end;
        return end < 0 ? text.Length : content == 0 ? end + 1 : content;
    }

    // A half of a surrogate pair counts as a letter, so that no step ends between the two.
    private static bool IsWord(char c) => char.IsLetterOrDigit(c) || c == '_' || char.IsSurrogate(c);
}
