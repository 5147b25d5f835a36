using Tritter.Core.Completion;
using Tritter.Server.Completions;
using Tritter.Server.Lsp;
using Tritter.Server.State;

namespace Tritter.Server.Handlers;

/// <summary><c>textDocument/inlineCompletion</c>: what the model would write at the cursor. Nothing to say is an empty list, with the reason in the log.</summary>
internal static class InlineCompletion
{
    public static async Task<InlineCompletionList> HandleAsync(
        ServerState state, ModelThread model, CSharpInsight insight, Client client, InlineCompletionParams parameters, CancellationToken cancellationToken)
    {
        Snapshot snapshot = state.Current;
        if (!snapshot.Settings.CompletionEnabled)
        {
            return Nothing(client, "tritter.completion.enabled is false");
        }

        if (!snapshot.Documents.TryGetValue(parameters.TextDocument.Uri, out OpenDocument? open))
        {
            return Nothing(client, $"{parameters.TextDocument.Uri} is not open");
        }

        CompletionQuestion question = Conversions.ToQuestion(parameters, open, snapshot);
        CompletionResult result = await model.CompleteAsync(open.Uri, question.Request, insight.For(open, question.Request, snapshot), cancellationToken);
        if (result.Text.Length == 0)
        {
            return Nothing(client, result.EmptyReason ?? "the model gave no reason");
        }

        client.Log(MessageType.Log, Conversions.ToLogLine(result, open.Document.Path));
        return Conversions.ToLsp(result, question);
    }

    private static InlineCompletionList Nothing(Client client, string reason)
    {
        client.Log(MessageType.Log, $"no completion: {reason}");
        return InlineCompletionList.Empty;
    }
}
