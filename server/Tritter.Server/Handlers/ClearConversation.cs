using Tritter.Server.Answers;
using Tritter.Server.Lsp;

namespace Tritter.Server.Handlers;

/// <summary><c>tritter/clearConversation</c>: forgets a conversation, on disk too.</summary>
internal static class ClearConversation
{
    public static object? Handle(Answering answering, ClearConversationParams parameters)
    {
        answering.Clear(parameters.Conversation);
        return null;
    }
}
