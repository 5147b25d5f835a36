using Tritter.Server.Answers;
using Tritter.Server.Lsp;
using Tritter.Server.State;

namespace Tritter.Server.Handlers;

/// <summary><c>tritter/ask</c>: a question about the repository. A conversation's later questions may say "it" of what was talked about.</summary>
internal static class AskQuestion
{
    public static async Task<AnswerMessage> HandleAsync(ServerState state, Answering answering, Client client, AskParams parameters, CancellationToken cancellationToken)
    {
        Snapshot now = state.Current;
        var texts = new ClientTexts(now);
        string root = texts.RootOf(parameters.TextDocument);
        string? selected = texts.NameAt(parameters.TextDocument, parameters.Range);
        string conversation = parameters.Conversation ?? Conversations.NewId();
        AnswerMessage answer = await AnswerProgress.RunAsync(
            client,
            "answering",
            parameters.WorkDoneToken,
            parameters.PartialResultToken,
            async onText => texts.ToMessage(await answering.AskAsync(root, parameters.Question, conversation, selected, now.Session.AnswerModel, texts.Open, onText, cancellationToken), root),
            cancellationToken);
        return answer with { Conversation = conversation };
    }
}
