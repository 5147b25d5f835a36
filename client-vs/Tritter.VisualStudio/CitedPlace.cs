using Microsoft.VisualStudio;
using Microsoft.VisualStudio.Shell;
using Microsoft.VisualStudio.TextManager.Interop;
using Tritter.VisualStudio.Protocol;
using Tritter.VisualStudio.Text;

namespace Tritter.VisualStudio;

/// <summary>Goes to what an answer cites.</summary>
internal static class CitedPlace
{
    public static void Open(Citation citation)
    {
        ThreadHelper.ThrowIfNotOnUIThread();
        if (DocumentUri.ToPath(citation.Uri) is not { } path || !File.Exists(path))
        {
            return;
        }

        VsShellUtilities.OpenDocument(ServiceProvider.GlobalProvider, path, VSConstants.LOGVIEWID.TextView_guid, out _, out _, out var frame);
        if (VsShellUtilities.GetTextView(frame) is { } view)
        {
            TextRange range = citation.Range;
            view.SetSelection(range.Start.Line, range.Start.Character, range.End.Line, range.End.Character);
            view.EnsureSpanVisible(new TextSpan
            {
                iStartLine = range.Start.Line,
                iStartIndex = range.Start.Character,
                iEndLine = range.End.Line,
                iEndIndex = range.End.Character,
            });
        }
    }
}
