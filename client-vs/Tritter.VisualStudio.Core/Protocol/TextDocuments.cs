namespace Tritter.VisualStudio.Protocol;

// Places in documents and what is told of them. Records here have the names and the shapes of LSP 3.18.

/// <param name="Line">From 0.</param>
/// <param name="Character">UTF-16 units from the start of the line.</param>
public sealed record Position(int Line, int Character);

public sealed record TextRange(Position Start, Position End);

public sealed record TextDocumentIdentifier(string Uri);

internal sealed record VersionedTextDocumentIdentifier(string Uri, int Version);

internal sealed record TextDocumentItem(string Uri, string LanguageId, int Version, string Text);

internal sealed record DidOpenTextDocumentParams(TextDocumentItem TextDocument);

internal sealed record DidChangeTextDocumentParams(VersionedTextDocumentIdentifier TextDocument, TextDocumentContentChangeEvent[] ContentChanges);

internal sealed record DidCloseTextDocumentParams(TextDocumentIdentifier TextDocument);

internal sealed record DidSaveTextDocumentParams(TextDocumentIdentifier TextDocument);

/// <param name="Range">What is replaced; null for the whole text.</param>
public sealed record TextDocumentContentChangeEvent(TextRange? Range, string Text);
