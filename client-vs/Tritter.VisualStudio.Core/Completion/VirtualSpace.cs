namespace Tritter.VisualStudio.Completion;

/// <summary>
/// After Enter Visual Studio's caret stands behind the end of an empty line, where indentation will be written by the editor itself as soon as something is.
/// </summary>
public static class VirtualSpace
{
    /// <summary>A suggestion for the end of the line without the blanks that the editor will write.</summary>
    /// <param name="columns">How far the caret stands behind the end of the line.</param>
    /// <param name="tabSize">Columns of a tab, at least 1.</param>
    public static string WithoutIndentation(string text, int columns, int tabSize)
    {
        int i = 0, column = 0;
        while (i < text.Length && column < columns && text[i] is ' ' or '\t')
        {
            column += text[i] == '\t' ? tabSize - (column % tabSize) : 1;
            i++;
        }

        return text.Substring(i);
    }
}
