namespace Tritter.Server.Lsp;

/// <summary>Our own notification <c>tritter/status</c>, documented in docs/lsp-extensions.md.</summary>
/// <param name="State"><c>starting</c>, <c>ready</c>, <c>busy</c> or <c>error</c>.</param>
/// <param name="Reason">One line; only with <c>error</c>.</param>
internal sealed record StatusParams(string State, string? Reason = null)
{
    public const string Method = "tritter/status";
}
