namespace Tritter.Server.Lsp;

// initialize: what the client can do, and what we answer. Everything is optional on the way in, to meet lenient clients.

internal sealed record InitializeParams(
    int? ProcessId = null,
    ClientInfo? ClientInfo = null,
    string? RootUri = null,
    WorkspaceFolder[]? WorkspaceFolders = null,
    ClientCapabilities? Capabilities = null,
    System.Text.Json.JsonElement? InitializationOptions = null);

internal sealed record ClientInfo(string Name, string? Version = null);

internal sealed record WorkspaceFolder(string Uri, string Name);

internal sealed record ClientCapabilities(
    GeneralClientCapabilities? General = null,
    WindowClientCapabilities? Window = null,
    WorkspaceClientCapabilities? Workspace = null);

/// <param name="PositionEncodings">In the order of the client's preference.</param>
internal sealed record GeneralClientCapabilities(string[]? PositionEncodings = null);

internal sealed record WindowClientCapabilities(bool? WorkDoneProgress = null);

internal sealed record WorkspaceClientCapabilities(bool? Configuration = null, DynamicRegistrationCapability? DidChangeConfiguration = null, DynamicRegistrationCapability? DidChangeWatchedFiles = null);

internal sealed record InitializeResult(ServerCapabilities Capabilities, ServerInfo ServerInfo);

internal sealed record ServerInfo(string Name, string Version);

internal sealed record ServerCapabilities(
    string PositionEncoding,
    TextDocumentSyncOptions TextDocumentSync,
    bool InlineCompletionProvider,
    bool HoverProvider,
    ExecuteCommandOptions ExecuteCommandProvider,
    WorkspaceServerCapabilities Workspace);

/// <param name="Change">2: the client sends only what changed.</param>
internal sealed record TextDocumentSyncOptions(bool OpenClose, int Change, SaveOptions Save);

internal sealed record SaveOptions(bool IncludeText);

/// <summary>Parameters of <c>$/setTrace</c>.</summary>
internal sealed record SetTraceParams(string Value);
