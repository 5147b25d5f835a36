using Microsoft.CodeAnalysis;

namespace Tritter.Core.CSharp;

/// <summary>When two symbols are the same one: of different projects or versions of a project, too, where the compiler gives different objects.</summary>
public static class SymbolIdentity
{
    /// <summary>The symbol as it was declared: without type arguments, an extension method with its first parameter.</summary>
    public static ISymbol Declared(ISymbol symbol)
    {
        symbol = symbol is IMethodSymbol { ReducedFrom: { } reduced } ? reduced : symbol;
        symbol = symbol.OriginalDefinition;
        return symbol switch
        {
            IMethodSymbol { PartialDefinitionPart: { } part } => part,
            IMethodSymbol { AssociatedSymbol: IPropertySymbol or IEventSymbol } accessor => accessor.AssociatedSymbol!,
            _ => symbol,
        };
    }

    /// <param name="a">From <see cref="Declared"/>.</param>
    /// <param name="b">Any symbol.</param>
    public static bool Same(ISymbol a, ISymbol? b)
    {
        if (b is null)
        {
            return false;
        }

        b = Declared(b);
        return SymbolEqualityComparer.Default.Equals(a, b)
            || (a.Kind == b.Kind && a.Name == b.Name && a.GetDocumentationCommentId() is { Length: > 0 } id && id == b.GetDocumentationCommentId() && a.ContainingAssembly?.Name == b.ContainingAssembly?.Name);
    }

    /// <summary>A key by which same symbols are found; null for those inside of bodies.</summary>
    public static string? Key(ISymbol symbol) => Declared(symbol) is var declared && declared.GetDocumentationCommentId() is { Length: > 0 } id ? $"{declared.ContainingAssembly?.Name}|{id}" : null;

    /// <summary>Whether somebody wrote it in a file of the projects.</summary>
    public static bool IsOwn(ISymbol symbol) => symbol.Locations.Any(l => l.IsInSource);
}
