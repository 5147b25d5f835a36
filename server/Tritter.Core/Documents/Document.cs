namespace Tritter.Core.Documents;

/// <summary>One version of one open file: immutable, so that a request keeps the text that it was asked about.</summary>
/// <param name="Path">Path shown to the model, with '/' separators, relative to the workspace folder where there is one.</param>
/// <param name="LanguageId">The editor's language id, such as <c>csharp</c>, <c>python</c> or <c>rust</c>.</param>
/// <param name="Version">The editor's version number; grows with every change.</param>
/// <param name="Text">The whole text. Line endings are the file's own.</param>
public sealed record Document(string Path, string LanguageId, int Version, string Text)
{
    /// <summary>The document after <paramref name="changes"/>, applied in order, each to the result of the one before (as LSP sends them).</summary>
    /// <exception cref="ArgumentOutOfRangeException">A change lies outside the text.</exception>
    public Document Apply(int version, IEnumerable<TextChange> changes)
    {
        string text = Text;
        foreach (TextChange change in changes)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(change.Start);
            ArgumentOutOfRangeException.ThrowIfLessThan(change.End, change.Start);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(change.End, text.Length);
            text = string.Concat(text.AsSpan(0, change.Start), change.NewText, text.AsSpan(change.End));
        }

        return this with { Version = version, Text = text };
    }
}
