namespace Tritter.Server.Lsp;

/// <summary>Our own notification <c>tritter/status</c>, documented in docs/lsp-extensions.md.</summary>
/// <param name="State"><c>starting</c>, <c>ready</c>, <c>busy</c> or <c>error</c>.</param>
/// <param name="Reason">One line; only with <c>error</c>.</param>
/// <param name="Model">The model's name.</param>
/// <param name="Device">Where it computes, and why there: one line; only with <c>ready</c> and <c>busy</c>.</param>
/// <param name="Progress">Share of the loading that is done, 0 to 1; only with <c>starting</c>.</param>
internal sealed record StatusParams(string State, string? Reason = null, string? Model = null, double? Progress = null, string? Device = null)
{
    public const string Method = "tritter/status";
}
