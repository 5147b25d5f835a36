using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Tritter.Core.Answers;
using Tritter.Core.CSharp;
using static Tritter.Core.Explain.Citing;

namespace Tritter.Core.Explain;

/// <summary>The text about a compiler's diagnostic: what it says, where, and what the compiler knows of the code it is about.</summary>
internal static class DiagnosticExplanation
{
    private const int MostNames = 5;

    /// <param name="offset">The diagnostic nearest to it counts.</param>
    public static void Write(AnswerWriter to, SemanticModel model, string id, int offset, CancellationToken cancellationToken)
    {
        Diagnostic? diagnostic = model.GetDiagnostics(cancellationToken: cancellationToken).Where(d => d.Id.Equals(id, StringComparison.OrdinalIgnoreCase))
            .MinBy(d => d.Location.SourceSpan.Start <= offset && offset <= d.Location.SourceSpan.End ? -1 : Math.Abs(d.Location.SourceSpan.Start - offset));
        if (diagnostic is null)
        {
            to.Paragraph($"The compiler gives no {AnswerWriter.Code(id)} in this file as it is now.");
            return;
        }

        SyntaxTree tree = model.SyntaxTree;
        to.Paragraph($"**{diagnostic.Id}** ({diagnostic.Severity.ToString().ToLowerInvariant()}): {diagnostic.GetMessage(System.Globalization.CultureInfo.InvariantCulture)}{to.Cite(tree, diagnostic.Location.SourceSpan)}");
        SyntaxNode node = tree.GetRoot(cancellationToken).FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true);
        WriteTypes(to, model, node, cancellationToken);
        WriteSimilar(to, model, node, cancellationToken);
        WriteCandidates(to, model, node, cancellationToken);
        if (SymbolUses.Within(model, node, cancellationToken) is { } within)
        {
            to.Paragraph($"It is in {AnswerWriter.Code(SymbolNames.Short(within))}, {SymbolNames.Kind(within)}.{to.CiteDeclaration(within, cancellationToken)}");
        }

        to.Paragraph($"The compiler's own page about it: https://learn.microsoft.com/dotnet/csharp/misc/{diagnostic.Id.ToLowerInvariant()}");
    }

    /// <summary>The type that the code has, and the one that is wanted there.</summary>
    private static void WriteTypes(AnswerWriter to, SemanticModel model, SyntaxNode node, CancellationToken cancellationToken)
    {
        ExpressionSyntax? expression = node as ExpressionSyntax ?? (node as ArgumentSyntax)?.Expression;
        if (expression?.Parent is MemberAccessExpressionSyntax access && access.Name == expression && model.GetTypeInfo(access.Expression, cancellationToken).Type is { TypeKind: not TypeKind.Error } receiver)
        {
            to.Paragraph($"{AnswerWriter.Code(access.Expression.ToString())} is of type {AnswerWriter.Code(SymbolNames.Type(receiver))}{to.CiteDeclaration(receiver.OriginalDefinition, cancellationToken)}.{to.Cite(model.SyntaxTree, access.Expression.Span)}");
        }
        else if (expression is not null && model.GetTypeInfo(expression, cancellationToken) is { Type: { TypeKind: not TypeKind.Error } has } types)
        {
            string wanted = types.ConvertedType is { TypeKind: not TypeKind.Error } other && !SymbolEqualityComparer.Default.Equals(other, has) ? $"; {AnswerWriter.Code(SymbolNames.Type(other))} is wanted here{to.CiteDeclaration(other.OriginalDefinition, cancellationToken)}" : "";
            to.Paragraph($"{AnswerWriter.Code(expression.ToString())} is of type {AnswerWriter.Code(SymbolNames.Type(has))}{to.CiteDeclaration(has.OriginalDefinition, cancellationToken)}{wanted}.{to.Cite(model.SyntaxTree, expression.Span)}");
        }
    }

    /// <summary>Names that exist where one does not.</summary>
    private static void WriteSimilar(AnswerWriter to, SemanticModel model, SyntaxNode node, CancellationToken cancellationToken)
    {
        if (node is not SimpleNameSyntax name || model.GetSymbolInfo(name, cancellationToken) is not { Symbol: null, CandidateSymbols.IsEmpty: true })
        {
            return;
        }

        string written = name.Identifier.ValueText;
        ISymbol[] similar =
        [
            .. Known(model, name, cancellationToken).Where(s => s.CanBeReferencedByName).DistinctBy(s => s.Name)
                .Select(s => (Symbol: s, Distance: NameRepair.Distance(s.Name.ToLowerInvariant(), written.ToLowerInvariant())))
                .Where(s => s.Distance <= Math.Max(1, written.Length / 3)).OrderBy(s => s.Distance).ThenBy(s => s.Symbol.Name, StringComparer.Ordinal).Take(MostNames).Select(s => s.Symbol),
        ];
        to.Paragraph(similar.Length > 0
            ? $"Similar names that exist there: {And([.. similar.Select(s => AnswerWriter.Code(s.Name) + to.CiteDeclaration(s, cancellationToken))])}."
            : $"No similar name exists there.{to.Cite(model.SyntaxTree, name.Span)}");
    }

    /// <summary>Overloads that were looked at.</summary>
    private static void WriteCandidates(AnswerWriter to, SemanticModel model, SyntaxNode node, CancellationToken cancellationToken)
    {
        ISymbol[] candidates = [.. model.GetSymbolInfo(node.FirstAncestorOrSelf<InvocationExpressionSyntax>() ?? node, cancellationToken).CandidateSymbols];
        if (candidates.Length > 0)
        {
            to.Paragraph("**What it could mean:**");
            to.Line();
            foreach (ISymbol candidate in candidates.Take(MostNames))
            {
                to.Line($"- {AnswerWriter.Code(SymbolNames.Signature(candidate))}{to.CiteDeclaration(candidate.OriginalDefinition, cancellationToken)}");
            }
        }
    }

    private static IEnumerable<ISymbol> Known(SemanticModel model, SimpleNameSyntax name, CancellationToken cancellationToken) => name.Parent is MemberAccessExpressionSyntax access && access.Name == name
        ? AccessibleNames.Members(model, access.Expression, name.SpanStart, cancellationToken)
        : model.LookupSymbols(name.SpanStart);
}
