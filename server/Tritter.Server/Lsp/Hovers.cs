namespace Tritter.Server.Lsp;

// textDocument/hover.

internal sealed record HoverParams(TextDocumentIdentifier TextDocument, Position Position);

internal sealed record Hover(MarkupContent Contents);

/// <param name="Kind"><c>markdown</c>.</param>
internal sealed record MarkupContent(string Kind, string Value);
