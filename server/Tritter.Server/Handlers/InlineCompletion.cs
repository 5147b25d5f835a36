using Tritter.Server.Completions;
using Tritter.Server.Lsp;
using Tritter.Server.State;

namespace Tritter.Server.Handlers;

/// <summary><c>textDocument/inlineCompletion</c>: what the model would write at the cursor. Nothing to say is an empty list, with the reason in the log.</summary>
internal static class InlineCompletion
{
    public static async Task<InlineCompletionList> HandleAsync(
        ServerState state, CompletionDesk desk, Client client, InlineCompletionParams parameters, CancellationToken cancellationToken)
    {
        Snapshot snapshot = state.Current;
        string uri = parameters.TextDocument.Uri;
        CompletionQuestion? question = snapshot.Documents.TryGetValue(uri, out OpenDocument? open) ? Conversions.ToQuestion(parameters, open, snapshot) : null;
        bool isAutomatic = parameters.Context is { TriggerKind: InlineCompletionContext.Automatic };
        DeskAnswer answer = await desk.AnswerAsync(uri, open, question is null ? null : question.Request with { Invoked = !isAutomatic }, isAutomatic, snapshot, cancellationToken);
        client.Log(MessageType.Log, Conversions.ToLogLine(answer, open?.Document.Path ?? uri));
        return Conversions.ToLsp(answer, question);
    }
}
