using Tritter.VisualStudio.Protocol;

namespace Tritter.VisualStudio.Text;

/// <summary>Turns an editor's edits, which all speak of the old text, into LSP's changes, of which each speaks of the text after the one before.</summary>
public static class ContentChanges
{
    public static TextDocumentContentChangeEvent[] Of(string oldText, IReadOnlyList<TextEdit> edits)
    {
        var lines = new LineMap(oldText);
        // From the end to the start: then no change moves the places of those that follow.
        return [.. Merge(edits).Select(e => Widen(e, lines)).Reverse().Select(e => new TextDocumentContentChangeEvent(lines.RangeOf(e.Start, e.OldLength), e.NewText))];
    }

    // Edits that touch become one, so that widening cannot make two of them overlap.
    private static List<TextEdit> Merge(IReadOnlyList<TextEdit> edits)
    {
        var merged = new List<TextEdit>();
        foreach (TextEdit edit in edits)
        {
            if (merged.Count > 0 && merged[merged.Count - 1] is var last && last.OldEnd == edit.Start)
            {
                merged[merged.Count - 1] = new TextEdit(last.Start, last.OldLength + edit.OldLength, last.NewText + edit.NewText);
            }
            else
            {
                merged.Add(edit);
            }
        }

        return merged;
    }

    // LSP has no position between \r and \n: an edit that begins or ends there takes the other half along.
    private static TextEdit Widen(TextEdit edit, LineMap lines)
    {
        int start = edit.Start, end = edit.OldEnd;
        string text = edit.NewText;
        if (lines.IsInsideCrLf(start))
        {
            start--;
            text = "\r" + text;
        }

        if (lines.IsInsideCrLf(end))
        {
            end++;
            text += "\n";
        }

        return new TextEdit(start, end - start, text);
    }
}
