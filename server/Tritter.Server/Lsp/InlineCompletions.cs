namespace Tritter.Server.Lsp;

// textDocument/inlineCompletion, new in LSP 3.18.

internal sealed record InlineCompletionParams(TextDocumentIdentifier TextDocument, Position Position, InlineCompletionContext? Context = null);

/// <param name="TriggerKind">1 when the user asked, 2 while typing.</param>
/// <param name="SelectedCompletionInfo">The entry chosen in the editor's own suggestion list, when that list is open.</param>
internal sealed record InlineCompletionContext(int TriggerKind, SelectedCompletionInfo? SelectedCompletionInfo = null)
{
    public const int Automatic = 2;
}

/// <param name="Range">What the editor replaces if the entry is accepted.</param>
/// <param name="Text">What it puts there. An inline completion has to begin with it.</param>
internal sealed record SelectedCompletionInfo(TextRange Range, string Text);

internal sealed record InlineCompletionList(InlineCompletionItem[] Items)
{
    public static InlineCompletionList Empty { get; } = new([]);
}

/// <param name="Range">What <paramref name="InsertText"/> replaces. Always sent: without it VS Code replaces the rest of the line.</param>
/// <param name="Command">Run by the client when the item is accepted.</param>
internal sealed record InlineCompletionItem(string InsertText, TextRange Range, Command? Command = null);
