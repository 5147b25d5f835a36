using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;
using Tritter.Core.Answers;
using Tritter.Core.CSharp;

namespace Tritter.Core.Explain;

/// <summary>Explains C# by what the compiler knows. No model takes part.</summary>
public static class CSharpExplainer
{
    /// <param name="sources">With the file's text as the request has it.</param>
    /// <returns>What was explained: <c>symbol</c>, <c>selection</c>, <c>file</c> or <c>diagnostic</c>; null when no project has the file.</returns>
    /// <exception cref="OperationCanceledException"/>
    public static string? Explain(ExplainSources sources, ExplainRequest request, AnswerWriter to, CancellationToken cancellationToken)
    {
        if (sources.Solution.File(request.Path) is not var (project, tree))
        {
            return null;
        }

        SemanticModel model = project.Compilation.GetSemanticModel(tree);
        if (request.Diagnostic is { } id)
        {
            DiagnosticExplanation.Write(to, model, id, request.Start ?? 0, cancellationToken);
            return "diagnostic";
        }

        if (request.Start is not { } start || (start == 0 && request.End >= tree.Length))
        {
            FileExplanation.Write(to, sources.Solution, model, cancellationToken);
            return "file";
        }

        TextSpan span = TextSpan.FromBounds(Math.Min(start, tree.Length), Math.Min(request.End ?? start, tree.Length));
        if (span.Length > 0 && !IsOneName(tree, span, cancellationToken))
        {
            SelectionExplanation.Write(to, sources, model, span, cancellationToken);
            return "selection";
        }

        ISymbol? found = request.IsWholeLine ? DeclaredInLine(model, span.Start, cancellationToken) : SymbolAt(model, span.Start, cancellationToken);
        if (found is not { } symbol)
        {
            FileExplanation.Write(to, sources.Solution, model, cancellationToken);
            return "file";
        }

        ExplainSymbol(to, sources, symbol, cancellationToken);
        return "symbol";
    }

    public static void ExplainSymbol(AnswerWriter to, ExplainSources sources, ISymbol symbol, CancellationToken cancellationToken)
    {
        switch (SymbolIdentity.Declared(symbol))
        {
            case INamedTypeSymbol type:
                TypeExplanation.Write(to, sources, type, cancellationToken);
                break;
            case IMethodSymbol or IPropertySymbol or IFieldSymbol or IEventSymbol:
                MemberExplanation.Write(to, sources, FactsOfMember.Gather(sources.Solution, symbol, cancellationToken), cancellationToken);
                break;
            case var other:
                LocalExplanation.Write(to, sources.Solution, other, cancellationToken);
                break;
        }
    }

    /// <summary>The symbol that a name at the offset means, or else what is declared around it; null in no declaration.</summary>
    public static ISymbol? SymbolAt(SemanticModel model, int offset, CancellationToken cancellationToken)
    {
        SyntaxNode root = model.SyntaxTree.GetRoot(cancellationToken);
        SyntaxToken token = root.FindToken(Math.Min(offset, root.FullSpan.End));
        if (!IsName(token) && token.SpanStart >= offset && token.GetPreviousToken() is var before && IsName(before) && before.Span.End == offset)
        {
            token = before;
        }

        // Predefined type names such as int are names to the compiler, but nobody asks about them.
        if (IsName(token) && token.Span.Start <= offset && offset <= token.Span.End && Named(model, token, cancellationToken) is { } named)
        {
            return named is INamespaceSymbol ? null : named;
        }

        return Around(model, token.Parent!, cancellationToken);
    }

    /// <summary>What is declared in the line of an offset, the outermost first; else what is declared around it.</summary>
    private static ISymbol? DeclaredInLine(SemanticModel model, int offset, CancellationToken cancellationToken)
    {
        SyntaxNode root = model.SyntaxTree.GetRoot(cancellationToken);
        TextSpan line = model.SyntaxTree.GetText(cancellationToken).Lines.GetLineFromPosition(offset).Span;
        SyntaxNode? declared = root.DescendantNodes(line).FirstOrDefault(n => (n is (MemberDeclarationSyntax and not BaseNamespaceDeclarationSyntax) or VariableDeclaratorSyntax { Parent.Parent: BaseFieldDeclarationSyntax } or LocalFunctionStatementSyntax)
            && n.ChildTokens().Any(t => IsName(t) && line.Contains(t.Span)));
        return declared is not null && model.GetDeclaredSymbol(declared, cancellationToken) is { } symbol ? symbol : Around(model, root.FindToken(line.Start).Parent!, cancellationToken);
    }

    private static ISymbol? Around(SemanticModel model, SyntaxNode start, CancellationToken cancellationToken)
    {
        foreach (SyntaxNode node in start.AncestorsAndSelf())
        {
            if (node is BaseNamespaceDeclarationSyntax or CompilationUnitSyntax)
            {
                return null;
            }

            SyntaxNode declaration = node is BaseFieldDeclarationSyntax field ? field.Declaration.Variables[0] : node;
            if (declaration is MemberDeclarationSyntax or LocalFunctionStatementSyntax or VariableDeclaratorSyntax { Parent.Parent: BaseFieldDeclarationSyntax } && model.GetDeclaredSymbol(declaration, cancellationToken) is { } symbol)
            {
                return symbol;
            }
        }

        return null;
    }

    private static ISymbol? Named(SemanticModel model, SyntaxToken token, CancellationToken cancellationToken)
    {
        SyntaxNode node = token.Parent!;
        if (model.GetDeclaredSymbol(node, cancellationToken) is { } declared)
        {
            return declared;
        }

        SymbolInfo info = model.GetSymbolInfo(node, cancellationToken);
        ISymbol? symbol = info.Symbol ?? info.CandidateSymbols.FirstOrDefault();
        // At new T( people mean what it does, unless the compiler wrote the constructor.
        return symbol is INamedTypeSymbol && node.Parent is ObjectCreationExpressionSyntax creation && model.GetSymbolInfo(creation, cancellationToken).Symbol is IMethodSymbol { IsImplicitlyDeclared: false } constructor && constructor.DeclaringSyntaxReferences.Any(r => r.GetSyntax(cancellationToken) is ConstructorDeclarationSyntax)
            ? constructor
            : symbol is IMethodSymbol { MethodKind: MethodKind.Constructor, IsImplicitlyDeclared: true } implicitly ? implicitly.ContainingType : symbol;
    }

    private static bool IsName(SyntaxToken token) => token.IsKind(SyntaxKind.IdentifierToken);

    private static bool IsOneName(SyntaxTree tree, TextSpan span, CancellationToken cancellationToken) =>
        tree.GetRoot(cancellationToken).FindToken(span.Start) is var token && IsName(token) && token.Span == span;
}
