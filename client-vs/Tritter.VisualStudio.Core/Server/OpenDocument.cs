using Tritter.VisualStudio.Completion;
using Tritter.VisualStudio.Protocol;
using Tritter.VisualStudio.Text;

namespace Tritter.VisualStudio.Server;

/// <summary>A document that the server knows, at one version.</summary>
/// <param name="Suggestion">The last suggestion, as long as it still fits.</param>
internal sealed record OpenDocument(string Uri, string LanguageId, int Version, string Text, Suggestion? Suggestion = null)
{
    public DidOpenTextDocumentParams DidOpen => new(new TextDocumentItem(Uri, LanguageId, Version, Text));

    /// <summary>The next version, and what tells a server of it.</summary>
    /// <param name="caret">Where the cursor is afterwards, if the editor knows it.</param>
    public (OpenDocument Next, DidChangeTextDocumentParams DidChange) Change(IReadOnlyList<TextEdit> edits, int? caret)
    {
        var next = new OpenDocument(Uri, LanguageId, Version + 1, TextEdit.Apply(Text, edits), Suggestion?.After(edits, caret));
        return (next, new DidChangeTextDocumentParams(new VersionedTextDocumentIdentifier(Uri, next.Version), ContentChanges.Of(Text, edits)));
    }

    /// <summary>The next version when the editor's text is not what its edits made of ours.</summary>
    public (OpenDocument Next, DidChangeTextDocumentParams DidChange) Replace(string text)
    {
        var next = new OpenDocument(Uri, LanguageId, Version + 1, text);
        return (next, new DidChangeTextDocumentParams(new VersionedTextDocumentIdentifier(Uri, next.Version), [new TextDocumentContentChangeEvent(null, text)]));
    }
}
