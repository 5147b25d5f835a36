using System.Text.Json;
using System.Text.Json.Serialization;
using StreamJsonRpc;
using StreamJsonRpc.Protocol;

namespace Tritter.Server.Lsp;

/// <summary>JSON for every type that crosses the wire. A null or missing value for a parameter that is neither nullable nor optional is an error.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    Converters = [typeof(LenientString)],
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(InitializeParams))]
[JsonSerializable(typeof(InitializeResult))]
[JsonSerializable(typeof(SetTraceParams))]
[JsonSerializable(typeof(DidOpenTextDocumentParams))]
[JsonSerializable(typeof(DidChangeTextDocumentParams))]
[JsonSerializable(typeof(DidSaveTextDocumentParams))]
[JsonSerializable(typeof(DidCloseTextDocumentParams))]
[JsonSerializable(typeof(DidChangeWatchedFilesParams))]
[JsonSerializable(typeof(InlineCompletionParams))]
[JsonSerializable(typeof(InlineCompletionList))]
[JsonSerializable(typeof(DidChangeConfigurationParams))]
[JsonSerializable(typeof(ConfigurationParams))]
[JsonSerializable(typeof(RegistrationParams))]
[JsonSerializable(typeof(LogMessageParams))]
[JsonSerializable(typeof(WorkDoneProgressCreateParams))]
[JsonSerializable(typeof(ProgressParams))]
[JsonSerializable(typeof(StatusParams))]
[JsonSerializable(typeof(ExplainParams))]
[JsonSerializable(typeof(AskParams))]
[JsonSerializable(typeof(ClearConversationParams))]
[JsonSerializable(typeof(AnswerMessage))]
[JsonSerializable(typeof(PartialAnswerParams))]
[JsonSerializable(typeof(ClientProgressParams))]
[JsonSerializable(typeof(StatsResult))]
[JsonSerializable(typeof(LastPromptParams))]
[JsonSerializable(typeof(LastPromptResult))]
[JsonSerializable(typeof(DidShowCompletionParams))]
[JsonSerializable(typeof(DidPartiallyAcceptCompletionParams))]
[JsonSerializable(typeof(ExecuteCommandParams))]
[JsonSerializable(typeof(DidChangeWorkspaceFoldersParams))]
[JsonSerializable(typeof(HoverParams))]
[JsonSerializable(typeof(Hover))]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(object))]
// Of StreamJsonRpc's own: without the first, $/cancelRequest is ignored in silence; without the second, a refusal of bad arguments cannot be sent.
[JsonSerializable(typeof(RequestId))]
[JsonSerializable(typeof(CommonErrorData))]
internal sealed partial class LspJsonContext : JsonSerializerContext;
