using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Tritter.Core.CSharp;

/// <summary>The names that C# allows behind a dot or behind <c>new</c>, as the compiler knows them.</summary>
public static class NamesBehind
{
    /// <summary>Stands for the name that is not there yet.</summary>
    private const string Placeholder = "tritter__name";

    /// <param name="before">The file's text up to behind the dot or <c>new</c> and a blank.</param>
    /// <param name="after">What follows the cursor in the file.</param>
    /// <returns>Null where the compiler cannot tell: no such place, an unknown type, missing references.</returns>
    public static IReadOnlyCollection<string>? Find(CSharpProject project, string path, string before, string after, CancellationToken cancellationToken)
    {
        if (!project.IsComplete)
        {
            return null;
        }

        // A line break keeps what follows the cursor out of the unfinished expression.
        CSharpProject asked = project.WithDocument(path, $"{before}{Placeholder};\n{after}");
        SyntaxTree tree = asked.Tree(path)!;
        SyntaxToken token = tree.GetRoot(cancellationToken).FindToken(before.Length);
        if (token.ValueText != Placeholder || token.Parent is not SimpleNameSyntax name)
        {
            return null;
        }

        SemanticModel model = asked.Compilation.GetSemanticModel(tree);
        IEnumerable<ISymbol> symbols = name.Parent switch
        {
            ObjectCreationExpressionSyntax => model.LookupNamespacesAndTypes(name.SpanStart).Where(CanBeCreated),
            MemberAccessExpressionSyntax access when access.Name == name => Members(model, access.Expression, name, cancellationToken),
            QualifiedNameSyntax qualified when qualified.Right == name => Members(model, qualified.Left, name, cancellationToken),
            MemberBindingExpressionSyntax => name.FirstAncestorOrSelf<ConditionalAccessExpressionSyntax>() is { } conditional
                ? Members(model, conditional.Expression, name, cancellationToken)
                : [],
            _ => [],
        };
        HashSet<string> names = [.. symbols.Where(s => s.CanBeReferencedByName).Select(s => s.Name)];
        return names.Count > 0 ? names : null;
    }

    private static IEnumerable<ISymbol> Members(SemanticModel model, ExpressionSyntax receiver, SimpleNameSyntax name, CancellationToken cancellationToken) =>
        model.GetTypeInfo(receiver, cancellationToken).Type is IDynamicTypeSymbol ? [] : AccessibleNames.Members(model, receiver, name.SpanStart, cancellationToken);

    private static bool CanBeCreated(ISymbol symbol) => symbol is INamespaceSymbol or ITypeParameterSymbol or INamedTypeSymbol
    {
        IsStatic: false,
        TypeKind: TypeKind.Class or TypeKind.Struct or TypeKind.Delegate or TypeKind.Enum,
    };
}
