using System.Text.Json.Nodes;

namespace Tritter.Server.Tests.Client;

/// <summary>The steps of which scenarios are made.</summary>
internal static class LspTestClientSteps
{
    public const string CartUri = "file:///work/shop/src/Cart.cs";

    public const int Invoked = 1;

    public const int Automatic = 2;

    /// <summary>initialize and initialized, from a client in the folder /work/shop.</summary>
    /// <returns>The result of initialize.</returns>
    public static async Task<JsonNode> StartAsync(this LspTestClient client, object? capabilities = null, int? processId = null, object? initializationOptions = null)
    {
        JsonObject answer = await client.AskAsync("initialize", new { processId, rootUri = "file:///work/shop", capabilities = capabilities ?? new { }, initializationOptions });
        client.Notify("initialized", new { });
        return answer["result"] ?? throw new InvalidOperationException(answer.ToJsonString());
    }

    public static void Open(this LspTestClient client, string text, string uri = CartUri, string languageId = "csharp") =>
        client.Notify("textDocument/didOpen", new { textDocument = new { uri, languageId, version = 1, text } });

    /// <summary>Inserts <paramref name="text"/> at a position.</summary>
    public static void Type(this LspTestClient client, int version, int line, int character, string text, string uri = CartUri) =>
        client.Change(version, uri, Replace(line, character, line, character, text));

    public static void Change(this LspTestClient client, int version, string uri, params object[] contentChanges) =>
        client.Notify("textDocument/didChange", new { textDocument = new { uri, version }, contentChanges });

    public static object Replace(int startLine, int startCharacter, int endLine, int endCharacter, string text) => new
    {
        range = new { start = new { line = startLine, character = startCharacter }, end = new { line = endLine, character = endCharacter } },
        text,
    };

    public static void Close(this LspTestClient client, string uri = CartUri) => client.Notify("textDocument/didClose", new { textDocument = new { uri } });

    /// <summary>Asks for a completion and does not wait.</summary>
    /// <returns>The request's id.</returns>
    public static int SendComplete(
        this LspTestClient client, int line, int character, string uri = CartUri, object? selectedCompletionInfo = null, int triggerKind = Invoked) => client.Send(
        "textDocument/inlineCompletion",
        new { textDocument = new { uri }, position = new { line, character }, context = new { triggerKind, selectedCompletionInfo } });

    /// <summary>The items of a completion.</summary>
    public static async Task<JsonArray> CompleteAsync(
        this LspTestClient client, int line, int character, string uri = CartUri, object? selectedCompletionInfo = null, int triggerKind = Invoked)
    {
        JsonObject answer = await client.Answer(client.SendComplete(line, character, uri, selectedCompletionInfo, triggerKind));
        return answer["result"]?["items"]?.AsArray() ?? throw new InvalidOperationException(answer.ToJsonString());
    }

    /// <summary>The error code of an answer; 0 when it is a result.</summary>
    public static async Task<int> ErrorCodeAsync(this Task<JsonObject> answer) => (int?)(await answer)["error"]?["code"] ?? 0;

    /// <summary>shutdown and exit.</summary>
    public static async Task StopAsync(this LspTestClient client)
    {
        await client.AskAsync("shutdown", null);
        client.Notify("exit", null);
    }
}
