using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Tritter.Core.Replay;

namespace Tritter.Server.Replays;

/// <summary>A <see cref="CompletionRecord"/> as one line of JSON.</summary>
[JsonSerializable(typeof(CompletionRecord))]
internal sealed partial class ReplayJson : JsonSerializerContext
{
    /// <summary>Camel case and readable source; what is missing or null against its type is refused.</summary>
    public static ReplayJson Strict { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Converters = { new Utf16Converter() },
    });
}
