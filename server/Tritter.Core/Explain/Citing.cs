using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;
using Tritter.Core.Answers;
using Tritter.Core.CSharp;

namespace Tritter.Core.Explain;

/// <summary>Citations of what the compiler found.</summary>
internal static class Citing
{
    public static string Cite(this AnswerWriter to, Place place, ISymbol? symbol = null) => to.Cite(place.Tree, place.Span, symbol);

    public static string Cite(this AnswerWriter to, SyntaxTree tree, TextSpan span, ISymbol? symbol = null) =>
        to.Cite(tree.FilePath, tree.GetText().ToString(), span.Start, span.Length, symbol is null ? null : SymbolNames.Qualified(symbol));

    /// <summary>The declaration's header; empty for what is in an assembly.</summary>
    public static string CiteDeclaration(this AnswerWriter to, ISymbol symbol, CancellationToken cancellationToken) =>
        Declarations.First(symbol, cancellationToken) is { } declaration ? to.Cite(declaration.SyntaxTree, Declarations.Header(declaration), symbol) : "";

    /// <summary>The first places, and how many more there are.</summary>
    public static string CiteAll(this AnswerWriter to, IEnumerable<Place> places, int most = 4)
    {
        Place[] all = [.. places];
        return string.Concat(all.Take(most).Select(p => to.Cite(p))) + (all.Length > most ? $" and {all.Length - most} more" : "");
    }

    /// <summary>"1 call", "3 calls".</summary>
    public static string Count(int count, string noun) => count == 1 ? $"1 {noun}" : $"{count} {(noun.EndsWith('s') ? noun + "es" : noun.EndsWith('y') && !noun.EndsWith("ay", StringComparison.Ordinal) ? noun[..^1] + "ies" : noun + "s")}";

    /// <summary>"a, b and c".</summary>
    public static string And(IReadOnlyList<string> items) => items.Count switch
    {
        0 => "",
        1 => items[0],
        _ => $"{string.Join(", ", items.SkipLast(1))} and {items[^1]}",
    };
}
