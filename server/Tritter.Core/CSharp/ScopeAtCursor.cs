using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Tritter.Core.CSharp;

/// <summary>What the language allows at a cursor, as the compiler knows it.</summary>
/// <param name="Receiver">The type, or namespace, before the dot; null where there is no dot or its type is not known.</param>
/// <param name="Expected">The type that a value here would have to convert to; null where any may or it is not known.</param>
/// <param name="Names">Accessible here; empty where nothing is known.</param>
public sealed record ScopeAtCursor(ScopeKind Kind, INamespaceOrTypeSymbol? Receiver, ITypeSymbol? Expected, IReadOnlyCollection<string> Names)
{
    /// <summary>Stands for the name that is not there yet.</summary>
    private const string Placeholder = "tritter__name";

    private static readonly ScopeAtCursor _none = new(ScopeKind.None, null, null, []);

    /// <param name="before">The file's text up to the cursor; a name that it ends in counts as not typed yet.</param>
    /// <param name="after">What follows the cursor in the file.</param>
    public static ScopeAtCursor Find(CSharpProject project, string path, string before, string after, CancellationToken cancellationToken)
    {
        int start = before.Length;
        while (start > 0 && (char.IsLetterOrDigit(before[start - 1]) || before[start - 1] == '_'))
        {
            start--;
        }

        // The statement's end and a line break keep what follows the cursor out of the unfinished expression.
        CSharpProject asked = project.WithDocument(path, $"{before[..start]}{Placeholder};\n{after}");
        SyntaxTree tree = asked.Tree(path)!;
        SyntaxToken token = tree.GetRoot(cancellationToken).FindToken(start);
        if (token.ValueText != Placeholder || token.Parent is not SimpleNameSyntax name)
        {
            return _none;
        }

        SemanticModel model = asked.Compilation.GetSemanticModel(tree);
        ScopeKind kind = KindOf(model, name, cancellationToken);
        return new ScopeAtCursor(
            kind,
            kind == ScopeKind.Member ? Type(model, Left(name), cancellationToken) : null,
            kind is ScopeKind.Member or ScopeKind.Creation or ScopeKind.Argument or ScopeKind.Expression ? ExpectedTypes.Of(model, Whole(name), cancellationToken) : null,
            [.. NamesFor(kind, model, name, cancellationToken).Where(n => n != Placeholder).Distinct(StringComparer.Ordinal)]);
    }

    private static ScopeKind KindOf(SemanticModel model, SimpleNameSyntax name, CancellationToken cancellationToken)
    {
        if (name.FirstAncestorOrSelf<BaseNamespaceDeclarationSyntax>() is { } space && space.Name.Span.Contains(name.Span))
        {
            return ScopeKind.None;
        }

        if (name.FirstAncestorOrSelf<UsingDirectiveSyntax>() is not null)
        {
            return ScopeKind.Using;
        }

        if (Left(name) is { } left)
        {
            // A digit may follow as well.
            return left.IsKind(SyntaxKind.NumericLiteralExpression) ? ScopeKind.None : ScopeKind.Member;
        }

        return name.Parent switch
        {
            AttributeSyntax => ScopeKind.Attribute,
            ObjectCreationExpressionSyntax => ScopeKind.Creation,
            ArgumentSyntax => ScopeKind.Argument,
            // Unfinished type arguments look like a comparison with a type.
            BinaryExpressionSyntax { RawKind: (int)SyntaxKind.LessThanExpression } less when less.Right == name && NamesType(model.GetSymbolInfo(less.Left, cancellationToken)) => ScopeKind.Type,
            ExpressionStatementSyntax => ScopeKind.Statement,
            IncompleteMemberSyntax member => member.Modifiers.Any(SyntaxKind.OverrideKeyword) ? ScopeKind.Override : member.Modifiers.Count > 0 ? ScopeKind.Type : ScopeKind.Declaration,
            MemberDeclarationSyntax member when member.Modifiers.Any(SyntaxKind.OverrideKeyword) => ScopeKind.Override,
            VariableDeclarationSyntax { Parent: MemberDeclarationSyntax member } when member.Modifiers.Any(SyntaxKind.OverrideKeyword) => ScopeKind.Override,
            _ => SyntaxFacts.IsInTypeOnlyContext(name) ? ScopeKind.Type : ScopeKind.Expression,
        };
    }

    private static bool NamesType(SymbolInfo info) => (info.Symbol ?? info.CandidateSymbols.FirstOrDefault()) is INamedTypeSymbol;

    private static ExpressionSyntax? Left(SimpleNameSyntax name) => name.Parent switch
    {
        MemberAccessExpressionSyntax access when access.Name == name => access.Expression,
        QualifiedNameSyntax qualified when qualified.Right == name => qualified.Left,
        MemberBindingExpressionSyntax => name.FirstAncestorOrSelf<ConditionalAccessExpressionSyntax>()?.Expression,
        _ => null,
    };

    private static INamespaceOrTypeSymbol? Type(SemanticModel model, ExpressionSyntax? receiver, CancellationToken cancellationToken)
    {
        if (receiver is null)
        {
            return null;
        }

        INamespaceOrTypeSymbol? type = model.GetSymbolInfo(receiver, cancellationToken).Symbol as INamespaceOrTypeSymbol ?? model.GetTypeInfo(receiver, cancellationToken).Type;
        return type is IErrorTypeSymbol ? null : type;
    }

    /// <summary>The largest expression that ends in the name.</summary>
    private static ExpressionSyntax Whole(SimpleNameSyntax name)
    {
        ExpressionSyntax whole = name;
        while (whole.Parent is MemberAccessExpressionSyntax or MemberBindingExpressionSyntax or ConditionalAccessExpressionSyntax or QualifiedNameSyntax or ObjectCreationExpressionSyntax)
        {
            whole = (ExpressionSyntax)whole.Parent;
        }

        return whole;
    }

    private static IEnumerable<string> NamesFor(ScopeKind kind, SemanticModel model, SimpleNameSyntax name, CancellationToken cancellationToken) => kind switch
    {
        ScopeKind.None => [],
        ScopeKind.Member => AccessibleNames.At(model, name, cancellationToken),
        ScopeKind.Using when Left(name) is { } left => AccessibleNames.OfReceiver(model, left, name.SpanStart, cancellationToken),
        ScopeKind.Creation or ScopeKind.Type or ScopeKind.Declaration or ScopeKind.Using => model.LookupNamespacesAndTypes(name.SpanStart).Where(s => s.CanBeReferencedByName).Select(s => s.Name),
        ScopeKind.Attribute => model.LookupNamespacesAndTypes(name.SpanStart).OfType<INamedTypeSymbol>().Where(IsAttribute).Select(AttributeName),
        ScopeKind.Override => Overridable(model.GetEnclosingSymbol(name.SpanStart, cancellationToken) as INamedTypeSymbol),
        _ => AccessibleNames.InScope(model, name.SpanStart),
    };

    private static bool IsAttribute(INamedTypeSymbol type)
    {
        for (INamedTypeSymbol? above = type.BaseType; above is not null && !type.IsAbstract; above = above.BaseType)
        {
            if (above is { Name: "Attribute", ContainingNamespace: { Name: "System", ContainingNamespace.IsGlobalNamespace: true } })
            {
                return true;
            }
        }

        return false;
    }

    private static string AttributeName(INamedTypeSymbol type) => type.Name.Length > 9 && type.Name.EndsWith("Attribute", StringComparison.Ordinal) ? type.Name[..^9] : type.Name;

    private static IEnumerable<string> Overridable(INamedTypeSymbol? type)
    {
        for (INamedTypeSymbol? above = type?.BaseType; above is not null; above = above.BaseType)
        {
            foreach (ISymbol member in above.GetMembers().Where(m => (m.IsVirtual || m.IsAbstract || m.IsOverride) && !m.IsSealed && m.CanBeReferencedByName && m.DeclaredAccessibility != Accessibility.Private))
            {
                yield return member.Name;
            }
        }
    }
}
