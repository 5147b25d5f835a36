namespace Tritter.Server.Lsp;

// What a client tells of a suggestion that it was offered: tritter/didShowCompletion, tritter/didPartiallyAcceptCompletion, both documented in
// docs/lsp-extensions.md, and the command behind an item.

/// <param name="Id">The item's, from its command's argument.</param>
internal sealed record DidShowCompletionParams(string Id)
{
    public const string Method = "tritter/didShowCompletion";
}

/// <param name="AcceptedLength">UTF-16 code units of the item's text that are in the document now.</param>
internal sealed record DidPartiallyAcceptCompletionParams(string Id, int AcceptedLength)
{
    public const string Method = "tritter/didPartiallyAcceptCompletion";
}

/// <summary>A command that the client runs when the item it came with is accepted.</summary>
internal sealed record Command(string Title, [property: System.Text.Json.Serialization.JsonPropertyName("command")] string Name, string[] Arguments)
{
    /// <summary>The only command: its argument is the accepted item's id.</summary>
    public const string Accepted = "tritter.completion.accepted";
}
