using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Tritter.Core.CSharp;

/// <summary>The names that C# allows behind a dot or behind <c>new</c>, as the compiler knows them.</summary>
public static class NamesBehind
{
    /// <summary>Stands for the name that is not there yet.</summary>
    private const string Placeholder = "tritter__name";

    /// <summary>What may follow <c>new</c> although no declaration has such a name.</summary>
    private static readonly string[] _typeWords =
    [
        "bool", "byte", "sbyte", "short", "ushort", "int", "uint", "long", "ulong", "nint", "nuint", "char", "float", "double", "decimal", "string",
        "object", "dynamic", "global",
    ];

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
        if (token.ValueText != Placeholder || token.Parent is not SimpleNameSyntax name || IsNewName(name))
        {
            return null;
        }

        SemanticModel model = asked.Compilation.GetSemanticModel(tree);
        IEnumerable<ISymbol> symbols = name.Parent switch
        {
            ObjectCreationExpressionSyntax => model.LookupNamespacesAndTypes(name.SpanStart).Where(CanBeCreated),
            // A digit may follow as well.
            MemberAccessExpressionSyntax { Expression: LiteralExpressionSyntax { RawKind: (int)SyntaxKind.NumericLiteralExpression } } => [],
            MemberAccessExpressionSyntax access when access.Name == name => Members(model, access.Expression, name, cancellationToken),
            QualifiedNameSyntax qualified when qualified.Right == name => Members(model, qualified.Left, name, cancellationToken),
            MemberBindingExpressionSyntax => name.FirstAncestorOrSelf<ConditionalAccessExpressionSyntax>() is { } conditional
                ? Members(model, conditional.Expression, name, cancellationToken)
                : [],
            _ => [],
        };
        HashSet<string> names = [.. symbols.Where(s => s.CanBeReferencedByName && s.Name != Placeholder).Select(s => s.Name)];
        if (name.Parent is ObjectCreationExpressionSyntax)
        {
            names.UnionWith(_typeWords);
        }

        return names.Count > 0 ? names : null;
    }

    private static IEnumerable<ISymbol> Members(SemanticModel model, ExpressionSyntax receiver, SimpleNameSyntax name, CancellationToken cancellationToken) =>
        model.GetTypeInfo(receiver, cancellationToken).Type is IDynamicTypeSymbol ? [] : AccessibleNames.Members(model, receiver, name.SpanStart, cancellationToken);

    /// <summary>A namespace is declared by being named.</summary>
    private static bool IsNewName(SimpleNameSyntax name) =>
        name.FirstAncestorOrSelf<BaseNamespaceDeclarationSyntax>() is { } declaration && declaration.Name.Span.Contains(name.Span);

    /// <summary>Interfaces too: arrays of them can.</summary>
    private static bool CanBeCreated(ISymbol symbol) => symbol switch
    {
        IAliasSymbol alias => CanBeCreated(alias.Target),
        INamedTypeSymbol type => !type.IsStatic,
        _ => symbol is INamespaceSymbol or ITypeParameterSymbol,
    };
}
