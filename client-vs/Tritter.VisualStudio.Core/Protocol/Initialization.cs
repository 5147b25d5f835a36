namespace Tritter.VisualStudio.Protocol;

internal sealed record InitializeParams(int ProcessId, ClientInfo ClientInfo, string? RootUri, WorkspaceFolder[]? WorkspaceFolders, ClientCapabilities Capabilities);

internal sealed record ClientInfo(string Name, string Version);

internal sealed record WorkspaceFolder(string Uri, string Name);

internal sealed record ClientCapabilities(GeneralClientCapabilities General, WindowClientCapabilities Window, WorkspaceClientCapabilities Workspace);

internal sealed record GeneralClientCapabilities(string[] PositionEncodings);

internal sealed record WindowClientCapabilities(bool WorkDoneProgress);

internal sealed record WorkspaceClientCapabilities(bool Configuration, bool WorkspaceFolders);

internal sealed record DidChangeWorkspaceFoldersParams(WorkspaceFoldersChangeEvent Event);

internal sealed record WorkspaceFoldersChangeEvent(WorkspaceFolder[] Added, WorkspaceFolder[] Removed);

internal sealed record ConfigurationParams(ConfigurationItem[] Items);

internal sealed record ConfigurationItem(string? ScopeUri, string? Section);

internal sealed record DidChangeConfigurationParams(object Settings);

internal sealed record LogMessageParams(int Type, string Message);

internal sealed record ProgressParams(Newtonsoft.Json.Linq.JToken Token, Newtonsoft.Json.Linq.JToken Value);

internal sealed record MarkdownPart(string Markdown);
