namespace Tritter.VisualStudio.Text;

/// <summary>Replaces <paramref name="OldLength"/> units at <paramref name="Start"/> by <paramref name="NewText"/>.</summary>
public sealed record TextEdit(int Start, int OldLength, string NewText)
{
    public int OldEnd => Start + OldLength;

    /// <summary>Applies edits that all speak of the same text, in the order of their places and without overlap, as editors report a change.</summary>
    /// <exception cref="ArgumentException">The edits overlap, are out of order or lie outside of the text.</exception>
    public static string Apply(string text, IReadOnlyList<TextEdit> edits)
    {
        var result = new System.Text.StringBuilder(text.Length + edits.Sum(e => e.NewText.Length));
        int from = 0;
        foreach (TextEdit edit in edits)
        {
            if (edit.Start < from || edit.OldLength < 0 || edit.OldEnd > text.Length)
            {
                throw new ArgumentException($"an edit at {edit.Start} of {edit.OldLength} units does not fit behind {from} in {text.Length} units", nameof(edits));
            }

            result.Append(text, from, edit.Start - from).Append(edit.NewText);
            from = edit.OldEnd;
        }

        return result.Append(text, from, text.Length - from).ToString();
    }
}
