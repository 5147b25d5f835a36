namespace Tritter.VisualStudio.Tests;

/// <summary>Text with <c>$0</c> at the cursor.</summary>
internal static class Marked
{
    public static (string Text, int Caret) Cursor(string marked)
    {
        int caret = marked.IndexOf("$0", StringComparison.Ordinal);
        return (marked.Remove(caret, 2), caret);
    }

    public static string Mark(string text, int caret) => text.Insert(caret, "$0");
}
