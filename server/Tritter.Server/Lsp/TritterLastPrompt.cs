namespace Tritter.Server.Lsp;

// Our own request tritter/lastPrompt, documented in docs/lsp-extensions.md.

/// <param name="Uri">The document; null for whichever was completed last.</param>
internal sealed record LastPromptParams(string? Uri = null)
{
    public const string Method = "tritter/lastPrompt";
}

internal sealed record LastPromptResult(string Uri, int PromptTokens, int CachedTokens, int ComputedTokens, LastPromptPiece[] Pieces);

/// <param name="Kind"><c>repository</c>, <c>context</c>, <c>path</c>, <c>suffix</c>, <c>prefix</c> or <c>healed</c>.</param>
/// <param name="Path">Of the other file; only with <c>context</c>.</param>
internal sealed record LastPromptPiece(string Kind, string? Path, int Tokens, string Text);
