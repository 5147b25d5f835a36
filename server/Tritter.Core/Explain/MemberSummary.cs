using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Tritter.Core.Completion;
using Tritter.Core.CSharp;
using Tritter.Core.Documents;

namespace Tritter.Core.Explain;

/// <summary>A sentence about a C# member in the model's own words: what it fills in between the tags of a doc comment before the code.</summary>
public static partial class MemberSummary
{
    private const int MostTokens = 32;
    private const int FewestWords = 3;

    /// <param name="declaration">Its own doc comment is not shown to the model.</param>
    /// <param name="complete">As <see cref="Completer.Complete"/>.</param>
    /// <returns>Null when the model had nothing to say, repeated itself or the signature, or named what the code does not have.</returns>
    public static string? Of(SyntaxNode declaration, Func<CompletionRequest, CancellationToken, CompletionResult> complete, CancellationToken cancellationToken)
    {
        string text = declaration.SyntaxTree.GetText(cancellationToken).ToString();
        string code = text.Substring(declaration.SpanStart, declaration.Span.Length);
        int lineStart = text.LastIndexOf('\n', Math.Max(0, declaration.SpanStart - 1)) + 1;
        string indent = text[lineStart..declaration.SpanStart];
        string before = $"{indent}/// <summary>\n{indent}/// ";
        string after = $"\n{indent}/// </summary>\n{indent}{code}\n";
        var document = new Document("Member.cs", "csharp", 0, before + after);
        string said = complete(new CompletionRequest(document, before.Length, null, MostTokens), cancellationToken).Text;
        return Checked(said, code);
    }

    /// <summary>The first line of what was said, if it is worth showing about the code.</summary>
    internal static string? Checked(string said, string code)
    {
        string line = Tags().Replace(said.Split('\n')[0].Replace("///", "", StringComparison.Ordinal), "$1").Trim();
        string[] words = [.. Words().Matches(line).Select(m => m.Value)];
        bool isRepeating = words.Length >= 6 && words.Distinct(StringComparer.OrdinalIgnoreCase).Count() < words.Length * 0.6;
        // Names such as GetItem or _items must stand in the code; words of prose need not.
        bool isInventing = words.Any(w => CodeName().IsMatch(w) && !Regex.IsMatch(code, $@"\b{Regex.Escape(w)}\b"));
        bool isEcho = words.Length > 0 && code.Contains(line.TrimEnd('.'), StringComparison.Ordinal);
        return words.Length < FewestWords || isRepeating || isInventing || isEcho ? null : line;
    }

    [GeneratedRegex(@"<(?:see|paramref|typeparamref)\s+\w+=""([^""]*)""\s*/>|</?\w+[^>]*>")]
    private static partial Regex Tags();

    [GeneratedRegex(@"\w+")]
    private static partial Regex Words();

    [GeneratedRegex(@"^_|_\w|[a-z0-9][A-Z]")]
    private static partial Regex CodeName();
}
