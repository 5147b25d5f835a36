using Newtonsoft.Json.Linq;

namespace Tritter.VisualStudio.Protocol;

internal sealed record InlineCompletionParams(TextDocumentIdentifier TextDocument, Position Position, InlineCompletionContext Context);

/// <param name="TriggerKind">1 when the user asked, 2 while typing.</param>
internal sealed record InlineCompletionContext(int TriggerKind, SelectedCompletionInfo? SelectedCompletionInfo);

/// <summary>The entry chosen in the editor's own suggestion list; an inline completion has to begin with it.</summary>
public sealed record SelectedCompletionInfo(TextRange Range, string Text);

internal sealed record InlineCompletionList(InlineCompletionItem[] Items);

internal sealed record InlineCompletionItem(string InsertText, TextRange Range, CommandCall? Command = null);

/// <summary>What the server wants to be told with <c>workspace/executeCommand</c> when a suggestion is accepted.</summary>
public sealed record CommandCall(string Command, JToken[]? Arguments = null)
{
    /// <summary>The suggestion's id, the first argument.</summary>
    public string? Id => Arguments is { Length: > 0 } && Arguments[0].Type == JTokenType.String ? (string?)Arguments[0] : null;
}

internal sealed record ExecuteCommandParams(string Command, JToken[] Arguments);

internal sealed record DidShowCompletionParams(string Id);

internal sealed record DidPartiallyAcceptCompletionParams(string Id, int AcceptedLength);
