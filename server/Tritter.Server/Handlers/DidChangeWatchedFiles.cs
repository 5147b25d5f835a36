using Tritter.Server.Indexing;
using Tritter.Server.Lsp;
using Tritter.Server.State;

namespace Tritter.Server.Handlers;

/// <summary><c>workspace/didChangeWatchedFiles</c> and <c>textDocument/didSave</c>: the index looks at what changed on disk.</summary>
internal static class DidChangeWatchedFiles
{
    public static void Handle(IndexThread index, DidChangeWatchedFilesParams parameters) => Changed(index, parameters.Changes.Select(change => change.Uri));

    public static void Handle(IndexThread index, DidSaveTextDocumentParams parameters) => Changed(index, [parameters.TextDocument.Uri]);

    private static void Changed(IndexThread index, IEnumerable<string> uris) =>
        index.Changed(uris.Where(uri => uri.StartsWith("file:", StringComparison.Ordinal)).Select(DocumentPath.FromUri));
}
