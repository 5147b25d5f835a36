namespace Tritter.Core.Completion;

/// <summary>Cuts text that was stopped in the middle at the last place where it is whole.</summary>
internal static class TornEnd
{
    /// <returns>The whole lines; of a single line as much as ends in a sign that ends something, with all its brackets closed. Empty where there is neither.</returns>
    /// <param name="text">Lines ending in \n.</param>
    public static string Cut(string text, string languageId)
    {
        int lastBreak = text.TrimEnd().LastIndexOf('\n');
        if (lastBreak > 0 && !text.AsSpan(0, lastBreak).IsWhiteSpace())
        {
            // A line break at the end says that the line before it is whole.
            return text.AsSpan().TrimEnd(" \t").EndsWith("\n") ? text.TrimEnd() : text[..lastBreak].TrimEnd();
        }

        CodeScanner scanner = CodeScanner.For(languageId);
        int end = 0;
        for (int i = 0; i < text.Length;)
        {
            bool ends = scanner.InCode && text[i] is ';' or ')' or ']' or '}';
            i += scanner.Step(text, i);
            end = ends && scanner.Depth <= 0 ? i : end;
        }

        return text[..end];
    }

    /// <summary>Whether a text that is to end soon may end here: behind whole lines, or a line that is whole, and in the end behind a part of one that is.</summary>
    /// <param name="isOver">Whether the line that has begun should not be waited for.</param>
    public static bool IsEnough(string text, string languageId, bool isOver)
    {
        string whole = Cut(text, languageId);
        return whole.Length > 0 && (isOver || text.AsSpan(whole.Length).TrimStart(" \t") is [] or ['\n', ..]);
    }
}
