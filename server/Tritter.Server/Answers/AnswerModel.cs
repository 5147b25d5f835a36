using System.Text.Json;
using Tritter.Remote;

namespace Tritter.Server.Answers;

/// <summary>
/// The model that the user has put answers into words; by default none does. It is chosen on the command line or by the client's <c>initializationOptions</c>,
/// which a client fills from its user's own settings: nothing that a repository holds, and no setting that the server asks for, can choose it.
/// </summary>
/// <param name="Endpoint">A model of another machine; null for none.</param>
/// <param name="ChatModel">A path, or a name that <c>tritter model add</c> gave; null for none.</param>
internal sealed record AnswerModel(RemoteEndpoint? Endpoint = null, string? ChatModel = null)
{
    public static AnswerModel None { get; } = new();

    /// <summary>Reads <c>initializationOptions.answers</c>. What is wrong is left out, with a line about it.</summary>
    /// <returns>Null when it says nothing.</returns>
    public static (AnswerModel? Model, string? Problem) Parse(JsonElement? options)
    {
        if (Member(options, "answers") is not { } answers)
        {
            return (null, null);
        }

        if (Text(answers, "chatModel") is { } chatModel)
        {
            bool isBoth = Member(answers, "endpoint") is { } other && Text(other, "url") is not null;
            return (new AnswerModel(ChatModel: chatModel), isBoth ? "both tritter.answers.chatModel and an endpoint are set: the chat model on this machine answers" : null);
        }

        if (Member(answers, "endpoint") is not { } endpoint || Text(endpoint, "url") is not { } url)
        {
            return (None, null);
        }

        if (RemoteEndpoint.ToAddress(url) is not { } address)
        {
            return (None, $"tritter.answers.endpoint.url is an address such as http://localhost:8000/v1, not \"{url}\"");
        }

        if (Text(endpoint, "model") is not { } model)
        {
            return (None, "tritter.answers.endpoint.model is missing: the name of a model that the endpoint has");
        }

        int tokens = Member(endpoint, "contextTokens") is { ValueKind: JsonValueKind.Number } given && given.TryGetInt32(out int count)
            ? Math.Clamp(count, RemoteEndpoint.FewestTokens, RemoteEndpoint.MostTokens)
            : RemoteEndpoint.UsualTokens;
        return (new AnswerModel(new RemoteEndpoint(address, model, Text(endpoint, "key") ?? KeyOfUser, tokens)), null);
    }

    public const string KeyVariable = "TRITTER_ENDPOINT_KEY";

    /// <summary>The endpoint's key, which no setting and no command line shows; null for none.</summary>
    public static string? KeyOfUser => Environment.GetEnvironmentVariable(KeyVariable) is { Length: > 0 } key ? key : null;

    private static JsonElement? Member(JsonElement? value, string name) =>
        value is { ValueKind: JsonValueKind.Object } group && group.TryGetProperty(name, out JsonElement member) && member.ValueKind != JsonValueKind.Null ? member : null;

    private static string? Text(JsonElement group, string name) => Member(group, name) is { ValueKind: JsonValueKind.String } text && text.GetString() is { Length: > 0 } said ? said : null;
}
