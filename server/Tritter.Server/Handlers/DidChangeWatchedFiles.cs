using Tritter.Server.Completions;
using Tritter.Server.Indexing;
using Tritter.Server.Lsp;
using Tritter.Server.State;

namespace Tritter.Server.Handlers;

/// <summary><c>workspace/didChangeWatchedFiles</c> and <c>textDocument/didSave</c>: what was read from the disk is looked at again.</summary>
internal static class DidChangeWatchedFiles
{
    public static void Handle(ServerState state, IndexThread index, IgnoredDocuments ignored, CSharpInsight insight, DidChangeWatchedFilesParams parameters)
    {
        Changed(index, ignored, parameters.Changes.Select(change => change.Uri));
        // An open document has the client's text; that it was saved changes nothing.
        insight.Changed([.. parameters.Changes
            .Where(c => c.Uri.StartsWith("file:", StringComparison.Ordinal) && (c.Type != FileEvent.Changed || !state.Current.Documents.ContainsKey(c.Uri)))
            .Select(c => DocumentPath.FromUri(c.Uri))]);
    }

    public static void Handle(IndexThread index, IgnoredDocuments ignored, DidSaveTextDocumentParams parameters) =>
        Changed(index, ignored, [parameters.TextDocument.Uri]);

    private static void Changed(IndexThread index, IgnoredDocuments ignored, IEnumerable<string> uris)
    {
        string[] paths = [.. uris.Where(uri => uri.StartsWith("file:", StringComparison.Ordinal)).Select(DocumentPath.FromUri)];
        index.Changed(paths);
        ignored.Changed(paths);
    }
}
