using Tritter.Server.Completions;
using Tritter.Server.Lsp;
using Tritter.Server.State;

namespace Tritter.Server.Handlers;

/// <summary><c>textDocument/didOpen</c>: from here on the client's text counts, not the file's.</summary>
internal static class DidOpen
{
    public static void Handle(ServerState state, CompletionDesk desk, CSharpInsight insight, DidOpenTextDocumentParams parameters)
    {
        OpenDocument opened = Conversions.ToDocument(parameters.TextDocument, state.Current.Session.Folders);
        state.Put(opened);
        insight.Opened(opened);
        desk.Edited(parameters.TextDocument.Uri);
    }
}
