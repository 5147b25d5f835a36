namespace Tritter.VisualStudio.Protocol;

internal sealed record ExplainParams(
    TextDocumentIdentifier TextDocument, TextRange? Range, Position? Position, string? Diagnostic, string? WorkDoneToken, string PartialResultToken);

internal sealed record AskParams(
    string Question, string? Conversation, TextDocumentIdentifier? TextDocument, TextRange? Range, string? WorkDoneToken, string PartialResultToken);

internal sealed record ClearConversationParams(string? Conversation);

/// <summary>What <c>tritter/explain</c> and <c>tritter/ask</c> find.</summary>
/// <param name="Markdown">With citations as links: <c>[[3]](citation:3)</c>.</param>
/// <param name="Exact">Whether the compiler knows all of it; nothing was guessed by a model.</param>
/// <param name="Remote">The host that a model was asked on; null when nothing left this machine.</param>
public sealed record Answer(
    string Markdown,
    string? Kind = null,
    bool Exact = false,
    Citation[]? Citations = null,
    SearchedFiles? Searched = null,
    string? Conversation = null,
    string? Model = null,
    string? Remote = null);

/// <param name="Stale">Whether the file has changed since the server read it.</param>
public sealed record Citation(int Id, string Uri, string Path, TextRange Range, string? Symbol = null, string? Hash = null, bool Stale = false);

public sealed record SearchedFiles(int Files, int Chunks, string[]? Words = null);
