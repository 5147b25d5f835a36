using System.Text.Json;

namespace Tritter.Server.Lsp;

// workspace/executeCommand and workspace/didChangeWorkspaceFolders.

internal sealed record ExecuteCommandOptions(string[] Commands);

internal sealed record ExecuteCommandParams(string Command, JsonElement[]? Arguments = null);

internal sealed record DidChangeWorkspaceFoldersParams(WorkspaceFoldersChangeEvent Event);

internal sealed record WorkspaceFoldersChangeEvent(WorkspaceFolder[] Added, WorkspaceFolder[] Removed);

internal sealed record WorkspaceServerCapabilities(WorkspaceFoldersServerCapabilities WorkspaceFolders);

/// <param name="ChangeNotifications">Whether the client shall send workspace/didChangeWorkspaceFolders.</param>
internal sealed record WorkspaceFoldersServerCapabilities(bool Supported, bool ChangeNotifications);
