using Tritter.Server.Completions;
using Tritter.Server.Lsp;
using Tritter.Server.State;

namespace Tritter.Server.Handlers;

/// <summary><c>textDocument/didChange</c>: applies the edits, and gives up completions of the text before them.</summary>
internal static class DidChange
{
    public static void Handle(ServerState state, CompletionDesk desk, Client client, DidChangeTextDocumentParams parameters)
    {
        Snapshot snapshot = state.Current;
        VersionedTextDocumentIdentifier changed = parameters.TextDocument;
        if (!snapshot.Documents.TryGetValue(changed.Uri, out OpenDocument? open))
        {
            client.Log(MessageType.Warning, $"a change of {changed.Uri} came, which is not open");
            return;
        }

        int version = changed.Version ?? open.Document.Version + 1;
        if (version <= open.Document.Version)
        {
            client.Log(MessageType.Warning, $"version {version} of {changed.Uri} came after version {open.Document.Version}; applied in the order of arrival");
        }

        state.Put(Conversions.Apply(open, version, parameters.ContentChanges, snapshot.Session.Encoding));
        desk.Edited(changed.Uri);
    }
}
