using StreamJsonRpc.Protocol;

namespace Tritter.Server.Lsp;

/// <summary>Error codes of LSP that JSON-RPC itself does not define.</summary>
internal static class LspErrorCodes
{
    /// <summary>A request came before <c>initialize</c>.</summary>
    public const JsonRpcErrorCode ServerNotInitialized = (JsonRpcErrorCode)(-32002);

    /// <summary>The document changed while the answer was being computed, so the answer would be about an old text.</summary>
    public const JsonRpcErrorCode ContentModified = (JsonRpcErrorCode)(-32801);
}
