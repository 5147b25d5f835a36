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
        ReadOnlySequence<byte> message = WithoutNullParams(content);
        try
        {
            return Deserialize(message, encoding);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new MalformedMessageException(JsonRpcErrorCode.InvalidRequest, $"not a JSON-RPC message: {e.Message}", e);
        }
    }

    /// <summary>
    /// The message less a <c>"params":null</c>, which JSON-RPC forbids, several clients send, and the base class refuses.
    /// Reads the message once and so also finds out whether it is JSON at all.
    /// </summary>
    private static ReadOnlySequence<byte> WithoutNullParams(ReadOnlySequence<byte> content)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(content);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("params"u8, out JsonElement parameters)
                && parameters.ValueKind == JsonValueKind.Null
                    ? new ReadOnlySequence<byte>(CopyWithout("params", document.RootElement))
                    : content;
        }
        catch (JsonException e)
        {
            throw new MalformedMessageException(JsonRpcErrorCode.ParseError, $"not JSON: {e.Message}", e);
        }
    }

    private static byte[] CopyWithout(string name, JsonElement source)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach (JsonProperty property in source.EnumerateObject().Where(p => p.Name != name))
            {
                property.WriteTo(writer);
            }

            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}

/// <summary>A well-framed message that is not JSON, or JSON that is no message. The stream goes on after it.</summary>
internal sealed class MalformedMessageException(JsonRpcErrorCode code, string message, Exception cause) : Exception(message, cause)
{
    /// <summary>The code of the answer.</summary>
    public JsonRpcErrorCode Code => code;
}
