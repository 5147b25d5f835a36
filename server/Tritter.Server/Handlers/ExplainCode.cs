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
        var texts = new ClientTexts(state.Current);
        ExplainRequest request = texts.ToRequest(parameters);
        string root = texts.RootOf(request.Path);
        return await AnswerProgress.RunAsync(
            client,
            "explaining",
            parameters.WorkDoneToken,
            parameters.PartialResultToken,
            onText => texts.ToMessage(answering.Explain(root, request, texts.Open, onText, cancellationToken), root),
            cancellationToken);
    }
}
