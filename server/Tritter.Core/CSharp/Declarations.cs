using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Tritter.Core.CSharp;

/// <summary>Where a symbol is declared.</summary>
public static class Declarations
{
    /// <summary>The declarations that somebody wrote, of a partial type all.</summary>
    public static IEnumerable<SyntaxNode> Of(ISymbol symbol, CancellationToken cancellationToken)
    {
        IEnumerable<SyntaxReference> places = symbol is IMethodSymbol { PartialImplementationPart: { } body } ? body.DeclaringSyntaxReferences.Concat(symbol.DeclaringSyntaxReferences) : symbol.DeclaringSyntaxReferences;
        return places.Where(r => CSharpSolution.IsWritten(r.SyntaxTree.FilePath)).Select(r => r.GetSyntax(cancellationToken));
    }

    /// <summary>The first of them; null for what is in an assembly.</summary>
    public static SyntaxNode? First(ISymbol symbol, CancellationToken cancellationToken) => Of(symbol, cancellationToken).FirstOrDefault();

    /// <summary>From the first word to the end of the signature: what to cite of a declaration.</summary>
    public static TextSpan Header(SyntaxNode declaration)
    {
        SyntaxNode node = declaration is VariableDeclaratorSyntax { Parent.Parent: BaseFieldDeclarationSyntax field } ? field : declaration;
        int start = node is MemberDeclarationSyntax { AttributeLists.Count: > 0 } member ? member.AttributeLists[^1].GetLastToken().GetNextToken().SpanStart : node.SpanStart;
        int end = node switch
        {
            BaseMethodDeclarationSyntax m => Before(m.Body, m.ExpressionBody, m),
            LocalFunctionStatementSyntax f => Before(f.Body, f.ExpressionBody, f),
            BaseTypeDeclarationSyntax { OpenBraceToken: { RawKind: (int)SyntaxKind.OpenBraceToken, IsMissing: false } brace } => brace.GetPreviousToken().Span.End,
            PropertyDeclarationSyntax { ExpressionBody: { } arrow } => arrow.ArrowToken.GetPreviousToken().Span.End,
            BasePropertyDeclarationSyntax { AccessorList: { } accessors } when accessors.Accessors.Any(a => a.Body is not null || a.ExpressionBody is not null) => accessors.OpenBraceToken.GetPreviousToken().Span.End,
            _ => node.Span.End,
        };
        return TextSpan.FromBounds(start, Math.Max(start, end));
    }

    /// <summary>The doc comment before a declaration; null when it has none.</summary>
    public static DocumentationCommentTriviaSyntax? DocComment(SyntaxNode declaration)
    {
        SyntaxNode node = declaration is VariableDeclaratorSyntax { Parent.Parent: BaseFieldDeclarationSyntax field } ? field : declaration;
        return node.GetLeadingTrivia().Select(t => t.GetStructure()).OfType<DocumentationCommentTriviaSyntax>().LastOrDefault();
    }

    private static int Before(BlockSyntax? body, ArrowExpressionClauseSyntax? arrow, SyntaxNode whole) =>
        (body?.OpenBraceToken ?? arrow?.ArrowToken)?.GetPreviousToken().Span.End ?? whole.Span.End;
}
