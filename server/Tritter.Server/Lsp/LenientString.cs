using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Tritter.Server.Lsp;

/// <summary>
/// Strings as editors send them. An editor that works in UTF-16 can send half a surrogate pair, which the JSON reader refuses; refusing an edit
/// would leave us with another text than the editor's.
/// </summary>
internal sealed class LenientString : JsonConverter<string>
{
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            throw new JsonException($"expected a string, found {reader.TokenType}");
        }

        try
        {
            return reader.GetString();
        }
        catch (InvalidOperationException) when (reader.ValueIsEscaped)
        {
            return Unescape(reader.HasValueSequence ? System.Buffers.BuffersExtensions.ToArray(reader.ValueSequence) : reader.ValueSpan);
        }
    }

    /// <summary>Halves of pairs have no UTF-8; U+FFFD stands for them wherever the client sees them again.</summary>
    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) =>
        writer.WriteStringValue(Encoding.UTF8.GetBytes(value));

    /// <summary>The text of a JSON string that the reader has found to be well-formed but for surrogates.</summary>
    private static string Unescape(ReadOnlySpan<byte> json)
    {
        var text = new StringBuilder();
        while (json.IndexOf((byte)'\\') is var escape and >= 0)
        {
            text.Append(Encoding.UTF8.GetString(json[..escape]));
            byte kind = json[escape + 1];
            json = json[(escape + 2)..];
            if (kind == 'u')
            {
                Utf8Parser.TryParse(json[..4], out ushort unit, out _, 'x');
                text.Append((char)unit);
                json = json[4..];
            }
            else
            {
                text.Append(kind switch { (byte)'n' => '\n', (byte)'r' => '\r', (byte)'t' => '\t', (byte)'b' => '\b', (byte)'f' => '\f', _ => (char)kind });
            }
        }

        return text.Append(Encoding.UTF8.GetString(json)).ToString();
    }
}
