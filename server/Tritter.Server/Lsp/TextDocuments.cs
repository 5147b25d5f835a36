namespace Tritter.Server.Lsp;

// The parameters of textDocument/didOpen, didChange, didSave and didClose.

internal sealed record TextDocumentIdentifier(string Uri);

internal sealed record VersionedTextDocumentIdentifier(string Uri, int? Version = null);

internal sealed record TextDocumentItem(string Uri, string LanguageId, int Version, string Text);

internal sealed record DidOpenTextDocumentParams(TextDocumentItem TextDocument);

internal sealed record DidChangeTextDocumentParams(VersionedTextDocumentIdentifier TextDocument, TextDocumentContentChangeEvent[] ContentChanges);

/// <param name="Range">What is replaced; null for the whole document.</param>
internal sealed record TextDocumentContentChangeEvent(string Text, TextRange? Range = null);

internal sealed record DidSaveTextDocumentParams(TextDocumentIdentifier TextDocument);

internal sealed record DidCloseTextDocumentParams(TextDocumentIdentifier TextDocument);
