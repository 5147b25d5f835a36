namespace Tritter.Server.Lsp;

// tritter/explain, tritter/ask and tritter/clearConversation, documented in docs/lsp-extensions.md.

/// <param name="Range">What is selected; takes precedence over <paramref name="Position"/>.</param>
/// <param name="Diagnostic">A compiler's diagnostic to explain, such as <c>CS1061</c>.</param>
/// <param name="PartialResultToken">Text or number under which the answer's pieces are sent as they come.</param>
internal sealed record ExplainParams(
    TextDocumentIdentifier TextDocument,
    TextRange? Range = null,
    Position? Position = null,
    string? Diagnostic = null,
    System.Text.Json.JsonElement? WorkDoneToken = null,
    System.Text.Json.JsonElement? PartialResultToken = null)
{
    public const string Method = "tritter/explain";
}

/// <param name="Conversation">From an earlier answer, whose subject "it" then means; null begins one.</param>
/// <param name="TextDocument">Which of several folders is meant.</param>
/// <param name="Range">Code that "this" means.</param>
internal sealed record AskParams(
    string Question,
    string? Conversation = null,
    TextDocumentIdentifier? TextDocument = null,
    TextRange? Range = null,
    System.Text.Json.JsonElement? WorkDoneToken = null,
    System.Text.Json.JsonElement? PartialResultToken = null)
{
    public const string Method = "tritter/ask";
}

/// <param name="Conversation">Null for all.</param>
internal sealed record ClearConversationParams(string? Conversation = null)
{
    public const string Method = "tritter/clearConversation";
}

/// <summary>What Tritter says, and the places that it speaks of.</summary>
/// <param name="Exact">Whether it follows from the compiler or the index.</param>
internal sealed record AnswerMessage(
    string Markdown,
    string Kind,
    bool Exact,
    CitationMessage[] Citations,
    SearchedMessage Searched,
    string? Conversation = null,
    string? Model = null,
    string? Remote = null);

/// <param name="Path">Relative to the repository, with '/' separators.</param>
internal sealed record CitationMessage(int Id, string Uri, string Path, TextRange Range, string? Symbol, string Hash, bool Stale);

internal sealed record SearchedMessage(int Files, int Chunks, string[] Words);

/// <summary><c>$/progress</c> with a part of an answer.</summary>
internal sealed record PartialAnswerParams(System.Text.Json.JsonElement Token, PartialAnswer Value);

/// <param name="Markdown">Text to append to what came before.</param>
internal sealed record PartialAnswer(string Markdown);

/// <summary><c>$/progress</c> of work that the client gave a token for.</summary>
internal sealed record ClientProgressParams(System.Text.Json.JsonElement Token, WorkDoneProgress Value);
