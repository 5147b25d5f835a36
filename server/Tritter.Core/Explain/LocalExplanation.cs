using Microsoft.CodeAnalysis;
using Tritter.Core.Answers;
using Tritter.Core.CSharp;
using static Tritter.Core.Explain.Citing;

namespace Tritter.Core.Explain;

/// <summary>The text about a local variable, parameter or type parameter.</summary>
internal static class LocalExplanation
{
    public static void Write(AnswerWriter to, CSharpSolution solution, ISymbol symbol, CancellationToken cancellationToken)
    {
        string type = symbol switch { ILocalSymbol l => SymbolNames.Type(l.Type), IParameterSymbol p => SymbolNames.Type(p.Type), _ => "" };
        string of = symbol.ContainingSymbol is IMethodSymbol or IPropertySymbol ? $" of {AnswerWriter.Code(SymbolNames.Short(symbol.ContainingSymbol))}" : "";
        to.Paragraph($"**{AnswerWriter.Code(symbol.Name)}** is {SymbolNames.Kind(symbol)}{of}{(type.Length > 0 ? $" of type {AnswerWriter.Code(type)}" : "")}.{to.CiteDeclaration(symbol, cancellationToken)}");
        if (symbol is IParameterSymbol { ContainingSymbol: { } method } parameter && Declarations.First(method, cancellationToken) is { } declaration && Declarations.DocComment(declaration) is { } comment
            && DocComment.Of(comment) is var doc && doc.Parameters.GetValueOrDefault(parameter.Name) is { Length: > 0 } words)
        {
            to.Paragraph($"> {words}{to.Cite(declaration.SyntaxTree, doc.Span)}");
        }

        IReadOnlyList<SymbolUse> uses = SymbolUses.Find(solution, symbol, cancellationToken);
        Show("Assigned", uses.Where(u => u.Kind is UseKind.Write or UseKind.ReadWrite));
        Show("Read", uses.Where(u => u.Kind is UseKind.Read or UseKind.ReadWrite));
        Show("Named", uses.Where(u => u.Kind is UseKind.Name));
        if (uses.Count == 0)
        {
            to.Paragraph("Nothing uses it.");
        }

        void Show(string verb, IEnumerable<SymbolUse> some)
        {
            SymbolUse[] all = [.. some];
            if (all.Length > 0)
            {
                to.Paragraph($"**{verb}** {(all.Length == 1 ? "once" : $"{all.Length} times")}:{to.CiteAll(all.Select(u => new Place(u.Tree, u.Statement)), 6)}");
            }
        }
    }
}
