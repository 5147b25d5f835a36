using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Tritter.Server.Replays;

/// <summary>
/// Strings that come back as they were. A half of a surrogate pair, as an edit may leave it in a document, has no place in JSON: text with one
/// is written as <c>[base64 of its UTF-16LE]</c>.
/// </summary>
internal sealed class Utf16Converter : JsonConverter<string>
{
    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options)
    {
        if (IsWellFormed(value))
        {
            writer.WriteStringValue(value);
            return;
        }

        writer.WriteStartArray();
        writer.WriteBase64StringValue(MemoryMarshal.AsBytes(value.AsSpan()));
        writer.WriteEndArray();
    }

    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return reader.TokenType == JsonTokenType.String ? reader.GetString() : throw new JsonException();
        }

        byte[]? bytes = reader.Read() && reader.TokenType == JsonTokenType.String && reader.TryGetBytesFromBase64(out byte[]? read) ? read : null;
        return bytes is { Length: var length } && length % 2 == 0 && reader.Read() && reader.TokenType == JsonTokenType.EndArray
            ? new string(MemoryMarshal.Cast<byte, char>(bytes))
            : throw new JsonException();
    }

    private static bool IsWellFormed(ReadOnlySpan<char> text)
    {
        while (text.IndexOfAnyInRange('\uD800', '\uDFFF') is var next and >= 0)
        {
            if (Rune.DecodeFromUtf16(text[next..], out _, out int length) != System.Buffers.OperationStatus.Done)
            {
                return false;
            }

            text = text[(next + length)..];
        }

        return true;
    }
}
