using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;
using Tritter.Core.Answers;
using Tritter.Core.CSharp;
using static Tritter.Core.Explain.Citing;

namespace Tritter.Core.Explain;

/// <summary>The text about selected code: where it is, what comes in and goes out, what it calls and throws.</summary>
internal static class SelectionExplanation
{
    public static void Write(AnswerWriter to, ExplainSources sources, SemanticModel model, TextSpan span, CancellationToken cancellationToken)
    {
        SyntaxTree tree = model.SyntaxTree;
        SyntaxNode root = tree.GetRoot(cancellationToken);
        SyntaxNode node = root.FindNode(Trim(tree, span), getInnermostNodeForTie: false);
        // A whole declaration that is selected is a symbol.
        if (node is MemberDeclarationSyntax and not (BaseNamespaceDeclarationSyntax or GlobalStatementSyntax) && Trim(tree, span).Contains(node.Span) && CSharpExplainer.SymbolAt(model, NameOffset(node), cancellationToken) is { } whole)
        {
            CSharpExplainer.ExplainSymbol(to, sources, whole, cancellationToken);
            return;
        }

        ISymbol? within = SymbolUses.Within(model, node, cancellationToken);
        SyntaxNode[] inside = [.. node.DescendantNodesAndSelf().Where(n => span.Contains(n.Span))];
        int lines = tree.GetLineSpan(span, cancellationToken) is var l ? l.EndLinePosition.Line - l.StartLinePosition.Line + 1 : 1;
        StatementSyntax[] statements = [.. inside.OfType<StatementSyntax>().Where(s => s is not BlockSyntax)];
        string what = statements.Length > 0 ? Count(statements.Length, "statement") : "an expression";
        to.Paragraph($"**The selection** is {what} in {Count(lines, "line")}{(within is null ? "" : $" of {AnswerWriter.Code(SymbolNames.Short(within))}, {SymbolNames.Kind(within)}{to.CiteDeclaration(within, cancellationToken)}")}.{to.Cite(tree, Trim(tree, span), within)}");
        WriteFlow(to, model, statements, tree, cancellationToken);
        WriteNames(to, model, inside, cancellationToken);
        BodyText.WriteCalls(to, BodyFacts.Calls(model, inside, cancellationToken), 10, cancellationToken);
        (IReadOnlyList<Touched> reads, IReadOnlyList<Touched> writes) = BodyFacts.Data(model, inside, cancellationToken);
        BodyText.WriteData(to, reads, writes, cancellationToken);
        BodyText.WriteThrows(to, BodyFacts.Throws(model, inside, cancellationToken));
        BodyText.WriteAsync(to, BodyFacts.Async(model, null, inside, cancellationToken));
        BodyText.WriteDisposal(to, BodyFacts.Disposal(model, null, inside, cancellationToken), "");
        HistoryText.Write(to, sources, statements.Length > 0 ? [statements[0]] : [node]);
    }

    /// <summary>Locals that come in and go out, of whole statements of one block.</summary>
    private static void WriteFlow(AnswerWriter to, SemanticModel model, StatementSyntax[] statements, SyntaxTree tree, CancellationToken cancellationToken)
    {
        if (statements.Length == 0)
        {
            return;
        }

        StatementSyntax[] outer = [.. statements.Where(s => s.Parent == statements[0].Parent && s.Parent is BlockSyntax or SwitchSectionSyntax)];
        if (outer.Length == 0 || model.AnalyzeDataFlow(outer[0], outer[^1]) is not { Succeeded: true } flow)
        {
            return;
        }

        string cite = to.Cite(tree, TextSpan.FromBounds(outer[0].SpanStart, outer[^1].Span.End));
        Show("Takes in", flow.DataFlowsIn);
        Show("Gives on", flow.DataFlowsOut);
        if (model.AnalyzeControlFlow(outer[0], outer[^1]) is { Succeeded: true } control && control.ExitPoints.Length + control.ReturnStatements.Length > 0)
        {
            to.Paragraph($"**Leaves** what is around it{to.CiteAll(control.ReturnStatements.Concat(control.ExitPoints).Distinct().Select(n => new Place(tree, n.Span)))}.");
        }

        void Show(string verb, IEnumerable<ISymbol> symbols)
        {
            string[] names = [.. symbols.Where(s => s.Name != "this").Select(s => AnswerWriter.Code(s.Name) + to.CiteDeclaration(s, cancellationToken))];
            if (names.Length > 0)
            {
                to.Paragraph($"**{verb}** {And(names)}.{cite}");
            }
        }
    }

    /// <summary>What the types named in it are.</summary>
    private static void WriteNames(AnswerWriter to, SemanticModel model, SyntaxNode[] inside, CancellationToken cancellationToken)
    {
        INamedTypeSymbol[] types = [.. inside.OfType<SimpleNameSyntax>().Select(n => model.GetSymbolInfo(n, cancellationToken).Symbol).OfType<INamedTypeSymbol>().Where(SymbolIdentity.IsOwn).Distinct<INamedTypeSymbol>(SymbolEqualityComparer.Default)];
        if (types.Length == 0)
        {
            return;
        }

        to.Paragraph("**Works with:**");
        to.Line();
        foreach (INamedTypeSymbol type in types.Take(8))
        {
            DocComment? doc = Declarations.First(type, cancellationToken) is { } declaration && Declarations.DocComment(declaration) is { } comment ? DocComment.Of(comment) : null;
            to.Line($"- {AnswerWriter.Code(SymbolNames.Short(type))}, {SymbolNames.Kind(type)}{to.CiteDeclaration(type, cancellationToken)}{(doc is { Summary.Length: > 0 } ? $": {DocComment.FirstSentence(doc.Summary)}" : "")}");
        }
    }

    private static TextSpan Trim(SyntaxTree tree, TextSpan span)
    {
        SourceText text = tree.GetText();
        int start = span.Start;
        int end = span.End;
        while (start < end && char.IsWhiteSpace(text[start]))
        {
            start++;
        }

        while (end > start && char.IsWhiteSpace(text[end - 1]))
        {
            end--;
        }

        return TextSpan.FromBounds(start, end);
    }

    private static int NameOffset(SyntaxNode declaration) => declaration is BaseFieldDeclarationSyntax field
        ? field.Declaration.Variables[0].SpanStart
        : declaration.ChildTokens().FirstOrDefault(t => t.IsKind(SyntaxKind.IdentifierToken)) is { RawKind: not 0 } name ? name.SpanStart : declaration.SpanStart;
}
