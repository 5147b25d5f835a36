using Tritter.Inference.Tokenizer;
using Tritter.Server.Completions;
using Tritter.Server.Lsp;

namespace Tritter.Server.Handlers;

/// <summary><c>tritter/lastPrompt</c>: what the model saw the last time; null where it saw nothing yet.</summary>
internal static class LastPrompt
{
    public static LastPromptResult? Handle(LastPrompts prompts, TritterTokenizer? tokenizer, LastPromptParams parameters) =>
        tokenizer is not null && prompts.Of(parameters.Uri) is var (uri, prompt, cost) ? Conversions.ToLsp(uri, prompt.Pieces(tokenizer), cost) : null;
}
