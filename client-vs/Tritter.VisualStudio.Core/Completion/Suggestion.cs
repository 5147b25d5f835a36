using Tritter.VisualStudio.Protocol;
using Tritter.VisualStudio.Text;

namespace Tritter.VisualStudio.Completion;

/// <summary>What the server would write at the cursor, and how much of it stands in the document by now. Offsets are UTF-16 units.</summary>
/// <param name="Start">Where the text begins in the document.</param>
/// <param name="Length">How much of the document from <paramref name="Start"/> on it replaces; the cursor is inside or at an end of that.</param>
/// <param name="Caret">The cursor. From <paramref name="Start"/> to it the document says what the text says.</param>
/// <param name="Text">All of it, with line ends as the document has them.</param>
/// <param name="Origin">Where the cursor was when it was suggested.</param>
public sealed record Suggestion(string Uri, int Start, int Length, int Caret, string Text, int Origin, CommandCall? Accept = null)
{
    /// <summary>Null when the server does not count acceptances.</summary>
    public string? Id => Accept?.Id;

    /// <summary>Whether line ends were made longer: the server's text then had \n alone.</summary>
    internal bool HasAddedReturns { get; init; }

    /// <summary>What is still to be written, the grey text.</summary>
    public string Remaining => Text.Substring(Caret - Start);

    /// <summary>Null when the range does not hold the cursor or the document says something else in front of it, so that no grey text could show it.</summary>
    internal static Suggestion? Of(InlineCompletionItem item, string uri, string document, int caret)
    {
        var lines = new LineMap(document);
        int start = lines.OffsetOf(item.Range.Start), end = lines.OffsetOf(item.Range.End);
        string text = LineEnds.Like(document, caret, item.InsertText);
        if (start > caret || caret > end)
        {
            return null;
        }

        string typed = document.Substring(start, caret - start);
        bool adds = text.Length > typed.Length && text != document.Substring(start, end - start);
        return adds && text.StartsWith(typed, StringComparison.Ordinal)
            ? new Suggestion(uri, start, end - start, caret, text, caret, item.Command) { HasAddedReturns = text.IndexOf('\r') >= 0 && item.InsertText.IndexOf('\r') < 0 }
            : null;
    }

    /// <summary>
    /// The suggestion after an edit: shorter when its next characters were typed, longer again when they were taken back; null after any other
    /// edit and when nothing remains. Editors that close brackets insert more than was typed: what lies behind the new cursor is replaced,
    /// too, if the suggestion writes it itself.
    /// </summary>
    /// <param name="caret">Where the cursor is afterwards; null for the end of the inserted text, or its start when an editor closed a bracket.</param>
    public Suggestion? After(IReadOnlyList<TextEdit> edits, int? caret = null)
    {
        if (edits.Count != 1)
        {
            return null;
        }

        TextEdit edit = edits[0];
        int newCaret = caret ?? (Closes(edit) ? edit.Start : edit.Start + edit.NewText.Length);
        int typedLength = newCaret - edit.Start;
        if (typedLength < 0 || typedLength > edit.NewText.Length || edit.Start < Origin || edit.OldEnd != Caret)
        {
            return null;
        }

        string remaining = Text.Substring(edit.Start - Start);
        string typed = edit.NewText.Substring(0, typedLength), closed = edit.NewText.Substring(typedLength);
        bool goesOn = remaining.Length > typedLength
            && remaining.StartsWith(typed, StringComparison.Ordinal)
            && Subsequence.Places(closed, remaining.Substring(typedLength)) is not null;
        return goesOn ? this with { Length = Length - edit.OldLength + edit.NewText.Length, Caret = newCaret } : null;
    }

    /// <summary>The edits that write what remains, in the order of their places. Where the replaced text occurs in it they only insert, so that an editor can show them as grey text.</summary>
    /// <param name="document">The document as it is now.</param>
    public IReadOnlyList<TextEdit> Edits(string document) => Edits(document, Remaining);

    /// <summary>The edits that write the first <paramref name="length"/> units of what remains; what the suggestion would replace stays.</summary>
    public IReadOnlyList<TextEdit> PartialEdits(int length) => [new TextEdit(Caret, 0, Remaining.Substring(0, length))];

    /// <summary>How much of the server's own text is in the document: line ends that were made longer to fit it count as before.</summary>
    public int AcceptedLength(int remainingLength)
    {
        string accepted = Text.Substring(0, Caret - Start + remainingLength);
        return accepted.Length - AddedReturns(accepted);
    }

    // Typed brackets that the suggestion does not go on with could only end it.
    private bool Closes(TextEdit edit) =>
        edit.Start == Caret && edit.NewText.Length > 0 && edit.NewText.All(c => ")]}\"'>".IndexOf(c) >= 0) && !Remaining.StartsWith(edit.NewText, StringComparison.Ordinal);

    private int AddedReturns(string text) => HasAddedReturns ? text.Count(c => c == '\r') : 0;

    private List<TextEdit> Edits(string document, string remaining)
    {
        string replaced = document.Substring(Caret, Start + Length - Caret);
        if (Subsequence.Places(replaced, remaining) is not { } places)
        {
            return [new TextEdit(Caret, replaced.Length, remaining)];
        }

        var edits = new List<TextEdit>();
        int from = 0;
        for (int i = 0; i <= replaced.Length; i++)
        {
            int to = i < replaced.Length ? places[i] : remaining.Length;
            if (to > from)
            {
                edits.Add(new TextEdit(Caret + i, 0, remaining.Substring(from, to - from)));
            }

            from = to + 1;
        }

        return edits;
    }
}
