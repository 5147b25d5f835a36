using System.Globalization;
using System.Text;
using Tritter.Core.Completion;
using Tritter.Inference;
using Tritter.Inference.Tokenizer;

namespace Tritter.Server.CommandLine;

/// <summary>What the model saw, for people: the prompt's text with its special tokens by name, and counts.</summary>
internal static class PromptText
{
    public static string Show(InferenceEngine engine, FimPrompt prompt, CompletionCost cost)
    {
        TritterTokenizer tokenizer = engine.Tokenizer;
        var text = new StringBuilder();
        var piece = new List<byte>();
        foreach (int token in prompt.Tokens)
        {
            if (tokenizer.IsSpecial(token))
            {
                text.Append(Encoding.UTF8.GetString([.. piece])).Append(Environment.NewLine).Append(tokenizer.SpecialName(token));
                piece.Clear();
            }
            else
            {
                piece.AddRange(tokenizer.Bytes(token));
            }
        }

        text.Append(Encoding.UTF8.GetString([.. piece])).AppendLine();
        string typed = prompt.Typed.Length == 0 ? "" : $"; the answer has to begin with '{Encoding.UTF8.GetString(prompt.Typed)}'";
        return text.Append(string.Create(
            CultureInfo.InvariantCulture,
            $"{prompt.Tokens.Count} tokens, {prompt.ContextTokens} of them from other files; {cost.CachedTokens} were cached, {cost.PromptTokens - cost.CachedTokens} computed{typed}")).ToString();
    }
}
