using Tritter.Server.Indexing;
using Tritter.Server.Lsp;
using Tritter.Server.State;

namespace Tritter.Server.Handlers;

/// <summary><c>workspace/didChangeWorkspaceFolders</c>: documents opened from here on are shown to the model relative to the new folders, which are indexed.</summary>
internal static class DidChangeWorkspaceFolders
{
    public static void Handle(ServerState state, IndexThread index, DidChangeWorkspaceFoldersParams parameters)
    {
        Session session = state.Current.Session;
        state.Begin(session with { Folders = Conversions.Apply(session.Folders, parameters.Event) });
        index.Follow(state.Current);
    }
}
