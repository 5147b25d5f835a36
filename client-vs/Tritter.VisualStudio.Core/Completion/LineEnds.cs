namespace Tritter.VisualStudio.Completion;

/// <summary>Line ends of a suggestion, which must be the document's.</summary>
internal static class LineEnds
{
    /// <summary>A text with line ends like the one before the cursor, or behind it on the first line.</summary>
    public static string Like(string document, int caret, string text)
    {
        int end = caret > 0 ? document.LastIndexOf('\n', caret - 1) : -1;
        end = end < 0 ? document.IndexOf('\n') : end;
        if (end < 0)
        {
            return text;
        }

        string plain = text.Replace("\r\n", "\n");
        return end > 0 && document[end - 1] == '\r' ? plain.Replace("\n", "\r\n") : plain;
    }
}
