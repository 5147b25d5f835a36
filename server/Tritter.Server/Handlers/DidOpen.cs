using Tritter.Server.Completions;
using Tritter.Server.Lsp;
using Tritter.Server.State;

namespace Tritter.Server.Handlers;

/// <summary><c>textDocument/didOpen</c>: from here on the client's text counts, not the file's.</summary>
internal static class DidOpen
{
    public static void Handle(ServerState state, ModelThread model, DidOpenTextDocumentParams parameters)
    {
        state.Put(Conversions.ToDocument(parameters.TextDocument, state.Current.Session.Folders));
        model.Edited(parameters.TextDocument.Uri);
    }
}
