using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Tritter.Core.CSharp;

/// <summary>The names that the language allows at a place, by what stands before it.</summary>
internal static class AccessibleNames
{
    /// <summary>Names for a simple name: behind a dot the receiver's members, else everything in scope.</summary>
    public static IEnumerable<string> At(SemanticModel model, SimpleNameSyntax name, CancellationToken cancellationToken) => name.Parent switch
    {
        MemberAccessExpressionSyntax access when access.Name == name => OfReceiver(model, access.Expression, name.SpanStart, cancellationToken),
        MemberBindingExpressionSyntax binding when binding.Name == name && binding.FirstAncestorOrSelf<ConditionalAccessExpressionSyntax>() is { } conditional =>
            OfReceiver(model, conditional.Expression, name.SpanStart, cancellationToken),
        QualifiedNameSyntax qualified when qualified.Right == name => OfReceiver(model, qualified.Left, name.SpanStart, cancellationToken),
        _ => InScope(model, name.SpanStart),
    };

    public static IEnumerable<string> InScope(SemanticModel model, int position) =>
        model.LookupSymbols(position).Where(s => s.CanBeReferencedByName).Select(s => s.Name);

    /// <summary>Members of a receiver, extension methods included; empty when its type is not known.</summary>
    public static IEnumerable<string> OfReceiver(SemanticModel model, ExpressionSyntax receiver, int position, CancellationToken cancellationToken) =>
        Members(model, receiver, position, cancellationToken).Select(s => s.Name);

    public static IEnumerable<ISymbol> Members(SemanticModel model, ExpressionSyntax receiver, int position, CancellationToken cancellationToken)
    {
        if (receiver is BaseExpressionSyntax)
        {
            // Protected members of a base type are accessible through the word only, which a look-up in the type does not know.
            return model.LookupBaseMembers(position).Where(IsOfInstance);
        }

        ISymbol? symbol = model.GetSymbolInfo(receiver, cancellationToken).Symbol;
        if (symbol is INamespaceOrTypeSymbol container and not IErrorTypeSymbol)
        {
            return OfContainer(model, container, position);
        }

        ITypeSymbol? type = model.GetTypeInfo(receiver, cancellationToken).Type;
        if (type is null or IErrorTypeSymbol)
        {
            return [];
        }

        if (type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable && receiver.Parent is ConditionalAccessExpressionSyntax)
        {
            type = nullable.TypeArguments[0];
        }

        IEnumerable<ISymbol> members = model.LookupSymbols(position, type, includeReducedExtensionMethods: true).Where(IsOfInstance);

        // A property may have its type's name: then the name means either.
        return receiver is IdentifierNameSyntax identifier && identifier.Identifier.ValueText == type.Name
            && SymbolEqualityComparer.Default.Equals(model.GetSpeculativeTypeInfo(position, receiver, SpeculativeBindingOption.BindAsTypeOrNamespace).Type, type)
            ? members.Concat(OfContainer(model, type, position))
            : members;
    }

    private static IEnumerable<ISymbol> OfContainer(SemanticModel model, INamespaceOrTypeSymbol container, int position) =>
        model.LookupSymbols(position, container, includeReducedExtensionMethods: container is ITypeSymbol).Where(s => s.CanBeReferencedByName && (container is INamespaceSymbol || s.IsStatic || s.Kind == SymbolKind.NamedType));

    /// <summary>Nested types are reached through their type's name alone.</summary>
    private static bool IsOfInstance(ISymbol symbol) =>
        symbol.CanBeReferencedByName && symbol.Kind != SymbolKind.NamedType && (!symbol.IsStatic || symbol is IMethodSymbol { MethodKind: MethodKind.ReducedExtension });
}
