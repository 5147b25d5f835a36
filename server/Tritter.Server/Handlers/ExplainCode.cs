using Tritter.Core.Answers;
using Tritter.Core.Explain;
using Tritter.Server.Answers;
using Tritter.Server.Lsp;
using Tritter.Server.State;

namespace Tritter.Server.Handlers;

/// <summary><c>tritter/explain</c>: what the compiler and the index know about a symbol, a selection, a file or a diagnostic.</summary>
internal static class ExplainCode
{
    public static async Task<AnswerMessage> HandleAsync(ServerState state, Answering answering, Client client, ExplainParams parameters, CancellationToken cancellationToken)
    {
        Snapshot now = state.Current;
        var texts = new ClientTexts(now);
        ExplainRequest request = texts.ToRequest(parameters);
        string root = texts.RootOf(request.Path);
        return await AnswerProgress.RunAsync(
            client,
            "explaining",
            parameters.WorkDoneToken,
            parameters.PartialResultToken,
            async onText => texts.ToMessage(await answering.ExplainAsync(root, request, now.Session.AnswerModel, texts.Open, onText, cancellationToken), root),
            cancellationToken);
    }
}
