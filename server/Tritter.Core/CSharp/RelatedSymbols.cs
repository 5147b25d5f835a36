using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Tritter.Core.CSharp;

/// <summary>Who derives from, implements and overrides whom.</summary>
public static class RelatedSymbols
{
    private static readonly HashSet<string> _testAttributes = new(StringComparer.Ordinal)
    {
        "FactAttribute", "TheoryAttribute", "TestAttribute", "TestCaseAttribute", "TestCaseSourceAttribute", "TestMethodAttribute", "DataTestMethodAttribute",
    };

    /// <summary>Types of the projects, nested ones included, each once.</summary>
    public static IEnumerable<INamedTypeSymbol> Types(CSharpSolution solution, CancellationToken cancellationToken)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach ((CSharpProject project, SyntaxTree tree) in solution.Files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            SemanticModel? model = null;
            foreach (SyntaxNode node in tree.GetRoot(cancellationToken).DescendantNodes(n => n is CompilationUnitSyntax or BaseNamespaceDeclarationSyntax or TypeDeclarationSyntax))
            {
                if (node is BaseTypeDeclarationSyntax or DelegateDeclarationSyntax)
                {
                    model ??= project.Compilation.GetSemanticModel(tree);
                    if (model.GetDeclaredSymbol(node, cancellationToken) is INamedTypeSymbol type && seen.Add(SymbolIdentity.Key(type) ?? type.Name))
                    {
                        yield return type;
                    }
                }
            }
        }
    }

    /// <summary>Types that derive from a class or implement an interface, directly or not.</summary>
    public static IReadOnlyList<INamedTypeSymbol> Derived(CSharpSolution solution, INamedTypeSymbol type, CancellationToken cancellationToken)
    {
        ISymbol declared = SymbolIdentity.Declared(type);
        return [.. Types(solution, cancellationToken).Where(t => Above(t).Any(above => SymbolIdentity.Same(declared, above)))];
    }

    /// <summary>Members that a member overrides or implements, of assemblies too.</summary>
    public static IReadOnlyList<ISymbol> Bases(ISymbol member)
    {
        var bases = new List<ISymbol>();
        for (ISymbol? overridden = Overridden(member); overridden is not null; overridden = Overridden(overridden))
        {
            bases.Add(SymbolIdentity.Declared(overridden));
        }

        if (member.ContainingType is { TypeKind: TypeKind.Class or TypeKind.Struct } type && member is IMethodSymbol or IPropertySymbol or IEventSymbol)
        {
            bases.AddRange(type.AllInterfaces.SelectMany(i => i.GetMembers()).Where(m => m.Kind == member.Kind && SymbolEqualityComparer.Default.Equals(type.FindImplementationForInterfaceMember(m), member)).Select(SymbolIdentity.Declared));
        }

        return bases;
    }

    /// <summary>Members of the projects that override or implement a member.</summary>
    public static IReadOnlyList<ISymbol> Implementations(CSharpSolution solution, ISymbol member, CancellationToken cancellationToken)
    {
        if (member.ContainingType is not { } type || !(member.IsVirtual || member.IsAbstract || member.IsOverride || type.TypeKind == TypeKind.Interface))
        {
            return [];
        }

        ISymbol declared = SymbolIdentity.Declared(member);
        return [.. Derived(solution, type, cancellationToken).SelectMany(t => t.GetMembers()).Where(m => m.Kind == member.Kind && !m.IsImplicitlyDeclared && Bases(m).Any(b => SymbolIdentity.Same(declared, b)))];
    }

    public static bool IsTest(ISymbol member) => member is IMethodSymbol && member.GetAttributes().Any(a => a.AttributeClass is { } type && (_testAttributes.Contains(type.Name) || _testAttributes.Contains(type.Name + "Attribute")));

    /// <summary>Whether a type has tests.</summary>
    public static bool HasTests(INamedTypeSymbol type) => type.GetMembers().Any(IsTest);

    private static IEnumerable<INamedTypeSymbol> Above(INamedTypeSymbol type)
    {
        for (INamedTypeSymbol? t = type.BaseType; t is not null; t = t.BaseType)
        {
            yield return t;
        }

        foreach (INamedTypeSymbol i in type.AllInterfaces)
        {
            yield return i;
        }
    }

    private static ISymbol? Overridden(ISymbol member) => member switch
    {
        IMethodSymbol m => m.OverriddenMethod,
        IPropertySymbol p => p.OverriddenProperty,
        IEventSymbol e => e.OverriddenEvent,
        _ => null,
    };
}
