using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using StreamJsonRpc;
using StreamJsonRpc.Protocol;

namespace Tritter.Server.Lsp;

/// <summary>Reads and writes JSON-RPC messages with source-generated JSON, and turns whatever is no message into <see cref="MalformedMessageException"/>.</summary>
internal sealed class LspFormatter : SystemTextJsonFormatter, IJsonRpcMessageFormatter, IJsonRpcMessageTextFormatter
{
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "Every parameter and result type is in LspJsonContext; nothing falls back to reflection.")]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Every parameter and result type is in LspJsonContext; nothing falls back to reflection.")]
    public LspFormatter() => JsonSerializerOptions = new JsonSerializerOptions(LspJsonContext.Default.Options);

    JsonRpcMessage IJsonRpcMessageFormatter.Deserialize(ReadOnlySequence<byte> contentBuffer) => Parse(contentBuffer, Encoding);

    JsonRpcMessage IJsonRpcMessageTextFormatter.Deserialize(ReadOnlySequence<byte> contentBuffer, Encoding encoding) => Parse(contentBuffer, encoding);

    private JsonRpcMessage Parse(ReadOnlySequence<byte> content, Encoding encoding)
    {
        try
        {
            return Deserialize(content, encoding);
        }
        catch (JsonException e) when (e.LineNumber is not null)
        {
            // Only the JSON reader itself knows a line.
            throw new MalformedMessageException(JsonRpcErrorCode.ParseError, $"not JSON: {e.Message}", e);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new MalformedMessageException(JsonRpcErrorCode.InvalidRequest, $"not a JSON-RPC message: {e.Message}", e);
        }
    }
}

/// <summary>A well-framed message that is not JSON, or JSON that is no message. The stream goes on after it.</summary>
internal sealed class MalformedMessageException(JsonRpcErrorCode code, string message, Exception cause) : Exception(message, cause)
{
    /// <summary>The code of the answer.</summary>
    public JsonRpcErrorCode Code => code;
}
