using Tritter.Inference;
using Tritter.Server.Answers;
using Tritter.Server.Completions;
using Tritter.Server.Lsp;
using Tritter.Server.State;

namespace Tritter.Server.Handlers;

/// <summary>
/// Every method that the server knows, beside <c>$/cancelRequest</c>, which the connection itself serves. Unknown requests are answered with
/// MethodNotFound and unknown notifications ignored, as LSP wants it.
/// </summary>
internal static class MethodTable
{
    /// <param name="answerModel">See <see cref="Initialize.Handle"/>.</param>
    /// <param name="device">Likewise.</param>
    /// <param name="watchParent">See <see cref="Initialize.Handle"/>.</param>
    /// <param name="exit">Ends the server.</param>
    public static void Register(LspConnection on, ServerState state, CompletionParts parts, Answering answering, AnswerModel answerModel, ComputeDevice device, Client client, Action<int> watchParent, Func<Task> exit)
    {
        ModelThread model = parts.Model;
        on.OnRequest<InitializeParams, InitializeResult>("initialize", p => Initialize.Handle(state, answerModel, device, watchParent, p));
        on.OnNotification("initialized", () => Initialized.HandleAsync(state, model, parts.Index, client));
        on.OnNotification<SetTraceParams>("$/setTrace", _ => { });
        on.OnNotification<DidChangeConfigurationParams>("workspace/didChangeConfiguration", p => DidChangeConfiguration.HandleAsync(state, model, parts.Index, client, p));
        on.OnNotification<DidChangeWorkspaceFoldersParams>("workspace/didChangeWorkspaceFolders", p => DidChangeWorkspaceFolders.Handle(state, parts.Index, p));
        on.OnNotification<DidChangeWatchedFilesParams>("workspace/didChangeWatchedFiles", p => DidChangeWatchedFiles.Handle(state, parts.Index, parts.Ignored, parts.Insight, p));

        on.OnNotification<DidOpenTextDocumentParams>("textDocument/didOpen", p => DidOpen.Handle(state, parts.Desk, parts.Insight, p));
        on.OnNotification<DidChangeTextDocumentParams>("textDocument/didChange", p => DidChange.Handle(state, parts.Desk, client, p));
        on.OnNotification<DidSaveTextDocumentParams>("textDocument/didSave", p => DidChangeWatchedFiles.Handle(parts.Index, parts.Ignored, p));
        on.OnNotification<DidCloseTextDocumentParams>("textDocument/didClose", p => DidClose.Handle(state, parts.Desk, client, p));

        on.OnRequest<InlineCompletionParams, InlineCompletionList>(
            "textDocument/inlineCompletion", (p, cancellationToken) => InlineCompletion.HandleAsync(state, parts.Desk, client, p, cancellationToken));
        on.OnRequest<ExecuteCommandParams, object?>("workspace/executeCommand", p => ExecuteCommand.Handle(parts.Offered, p));
        on.OnNotification<DidShowCompletionParams>(DidShowCompletionParams.Method, p => parts.Offered.Shown(p.Id));
        on.OnNotification<DidPartiallyAcceptCompletionParams>(DidPartiallyAcceptCompletionParams.Method, p => parts.Offered.PartiallyAccepted(p.Id));
        on.OnRequest(StatsResult.Method, () => Stats.Handle(parts.Stats, parts.ModelName, Conversions.ToLsp(parts.Index.State)));
        on.OnRequest<LastPromptParams, LastPromptResult?>(LastPromptParams.Method, p => LastPrompt.Handle(parts.Prompts, model.Tokenizer, p));

        on.OnRequest<HoverParams, Hover?>("textDocument/hover", (p, cancellationToken) => HoverCode.HandleAsync(state, answering, p, cancellationToken));
        on.OnRequest<ExplainParams, AnswerMessage>(ExplainParams.Method, (p, cancellationToken) => ExplainCode.HandleAsync(state, answering, client, p, cancellationToken));
        on.OnRequest<AskParams, AnswerMessage>(AskParams.Method, (p, cancellationToken) => AskQuestion.HandleAsync(state, answering, client, p, cancellationToken));
        on.OnRequest<ClearConversationParams, object?>(ClearConversationParams.Method, p => ClearConversation.Handle(answering, p));

        // There is nothing to save; whether shutdown came decides on the exit code, see LspMessageHandler.Phase.
        on.OnRequest<object?>("shutdown", () => null);
        on.OnNotification("exit", exit);
    }
}
