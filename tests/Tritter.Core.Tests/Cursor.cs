namespace Tritter.Core.Tests;

/// <summary>Source text with <c>$0</c> at the cursor.</summary>
internal readonly record struct Cursor(string Prefix, string Suffix)
{
    public string Text => Prefix + Suffix;

    public static Cursor At(string marked)
    {
        int at = marked.IndexOf("$0", StringComparison.Ordinal);
        return at < 0 ? throw new ArgumentException("the text has no $0", nameof(marked)) : new Cursor(marked[..at], marked[(at + 2)..]);
    }
}
