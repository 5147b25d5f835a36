using Tritter.Core.Completion;

namespace Tritter.Core.Syntax;

/// <summary>What tree-sitter knows about a cursor.</summary>
public static class SyntaxAssistance
{
    /// <param name="gate">Whether suggestions are looked at.</param>
    public static Assistance For(string languageId, string text, int offset, bool gate) => !gate || Grammar.OfLanguage(languageId) is null
        ? Assistance.None
        : new Assistance(Gate: (suggestion, token) => SyntaxGate.Judge(languageId, text, offset, suggestion, token)!);
}
