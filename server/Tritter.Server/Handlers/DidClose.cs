using Tritter.Server.Completions;
using Tritter.Server.Lsp;
using Tritter.Server.State;

namespace Tritter.Server.Handlers;

/// <summary><c>textDocument/didClose</c>: forgets the document.</summary>
internal static class DidClose
{
    public static void Handle(ServerState state, CompletionDesk desk, Client client, DidCloseTextDocumentParams parameters)
    {
        string uri = parameters.TextDocument.Uri;
        if (!state.Close(uri))
        {
            client.Log(MessageType.Warning, $"{uri} was closed but is not open");
        }

        desk.Closed(uri);
    }
}
