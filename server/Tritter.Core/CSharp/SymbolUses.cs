using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Tritter.Core.CSharp;

/// <summary>Finds the places that name a symbol, in all projects. What the language calls without naming it (<c>foreach</c>, <c>using</c>) is not among them.</summary>
public static class SymbolUses
{
    private static readonly ConditionalWeakTable<SyntaxTree, Dictionary<string, int[]>> _positions = [];

    /// <summary>In the order of files and text. The declaration itself is not among them.</summary>
    /// <exception cref="OperationCanceledException"/>
    public static IReadOnlyList<SymbolUse> Find(CSharpSolution solution, ISymbol symbol, CancellationToken cancellationToken)
    {
        ISymbol declared = SymbolIdentity.Declared(symbol);
        var uses = new List<SymbolUse>();
        foreach ((CSharpProject project, SyntaxTree tree) in solution.Files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int[] places = Places(tree, declared);
            if (places.Length == 0 || (declared.Locations.All(l => l.IsInSource) && declared is ILocalSymbol or IParameterSymbol && declared.Locations[0].SourceTree != tree))
            {
                continue;
            }

            SemanticModel model = project.Compilation.GetSemanticModel(tree);
            SyntaxNode root = tree.GetRoot(cancellationToken);
            foreach (int place in places)
            {
                if (Use(project, tree, model, root.FindToken(place), declared, cancellationToken) is { } use)
                {
                    uses.Add(use);
                }
            }
        }

        return uses;
    }

    /// <summary>Offsets of every identifier of a tree, by its text; remembered as long as the tree lives.</summary>
    public static IReadOnlyDictionary<string, int[]> Identifiers(SyntaxTree tree) => _positions.GetValue(tree, static t => t.GetRoot().DescendantTokens()
        .Where(token => token.IsKind(SyntaxKind.IdentifierToken) || token.IsKind(SyntaxKind.NewKeyword) || token.IsKind(SyntaxKind.ThisKeyword) || token.IsKind(SyntaxKind.BaseKeyword) || token.IsKind(SyntaxKind.OpenBracketToken))
        .Where(token => token.IsKind(SyntaxKind.IdentifierToken) || IsUnnamedUse(token))
        .GroupBy(token => token.IsKind(SyntaxKind.IdentifierToken) ? token.ValueText : Unnamed(token), token => token.SpanStart)
        .ToDictionary(g => g.Key, g => g.ToArray(), StringComparer.Ordinal));

    /// <summary>The member that a place is in, a field for its initialiser; null outside of all.</summary>
    public static ISymbol? Within(SemanticModel model, SyntaxNode node, CancellationToken cancellationToken)
    {
        foreach (SyntaxNode around in node.AncestorsAndSelf())
        {
            ISymbol? symbol = around switch
            {
                VariableDeclaratorSyntax { Parent.Parent: BaseFieldDeclarationSyntax } => model.GetDeclaredSymbol(around, cancellationToken),
                GlobalStatementSyntax => model.GetEnclosingSymbol(node.SpanStart, cancellationToken),
                BaseFieldDeclarationSyntax or BaseNamespaceDeclarationSyntax => null,
                MemberDeclarationSyntax => model.GetDeclaredSymbol(around, cancellationToken),
                _ => null,
            };
            if (symbol is not null)
            {
                return symbol;
            }
        }

        return null;
    }

    /// <summary>Whether a name is read, assigned or both where it stands.</summary>
    public static UseKind KindOf(ExpressionSyntax name, ISymbol symbol)
    {
        ExpressionSyntax whole = Whole(name);
        if (whole.Ancestors().OfType<InvocationExpressionSyntax>().Any(i => i.Expression is IdentifierNameSyntax { Identifier.Text: "nameof" }))
        {
            return UseKind.Name;
        }

        return symbol switch
        {
            IMethodSymbol => whole.Parent is InvocationExpressionSyntax call && call.Expression == whole ? UseKind.Call : UseKind.Value,
            IFieldSymbol or IPropertySymbol or IEventSymbol or ILocalSymbol or IParameterSymbol => Access(whole),
            _ => UseKind.Name,
        };
    }

    private static UseKind Access(ExpressionSyntax whole) => whole.Parent switch
    {
        AssignmentExpressionSyntax assignment when assignment.Left == whole => assignment.IsKind(SyntaxKind.SimpleAssignmentExpression) ? UseKind.Write : UseKind.ReadWrite,
        PostfixUnaryExpressionSyntax postfix when postfix.IsKind(SyntaxKind.PostIncrementExpression) || postfix.IsKind(SyntaxKind.PostDecrementExpression) => UseKind.ReadWrite,
        PrefixUnaryExpressionSyntax prefix when prefix.IsKind(SyntaxKind.PreIncrementExpression) || prefix.IsKind(SyntaxKind.PreDecrementExpression) => UseKind.ReadWrite,
        ArgumentSyntax { RefKindKeyword.RawKind: (int)SyntaxKind.OutKeyword } => UseKind.Write,
        ArgumentSyntax { RefKindKeyword.RawKind: (int)SyntaxKind.RefKeyword } => UseKind.ReadWrite,
        // Deconstruction: (a, b) = …
        ArgumentSyntax { Parent: TupleExpressionSyntax { Parent: AssignmentExpressionSyntax assignment } tuple } when assignment.Left == tuple => UseKind.Write,
        _ => UseKind.Read,
    };

    /// <summary>What a node means. What is internal to another project may be meant all the same: friends by signature are not known without signing.</summary>
    public static ISymbol? Bound(SemanticModel model, SyntaxNode node, CancellationToken cancellationToken)
    {
        SymbolInfo info = model.GetSymbolInfo(node, cancellationToken);
        return info.Symbol ?? (info is { CandidateReason: CandidateReason.Inaccessible, CandidateSymbols: [{ } only] } ? only : null);
    }

    /// <summary>The name with what stands before its dot.</summary>
    private static ExpressionSyntax Whole(ExpressionSyntax name) => name.Parent switch
    {
        MemberAccessExpressionSyntax access when access.Name == name => access,
        MemberBindingExpressionSyntax binding when binding.Name == name => binding,
        _ => name,
    };

    private static int[] Places(SyntaxTree tree, ISymbol symbol)
    {
        IReadOnlyDictionary<string, int[]> all = Identifiers(tree);
        IEnumerable<int> places = symbol switch
        {
            IMethodSymbol { MethodKind: MethodKind.Constructor } constructor => [.. Of(constructor.ContainingType.Name), .. Attribute(constructor.ContainingType.Name), .. Of("new()"), .. Of("this()"), .. Of("base()")],
            IPropertySymbol { IsIndexer: true } => Of("[]"),
            INamedTypeSymbol type => [.. Of(type.Name), .. Attribute(type.Name), .. Of("new()")],
            _ => Of(symbol.Name),
        };
        return [.. places.Order()];

        int[] Of(string name) => all.TryGetValue(name, out int[]? found) ? found : [];
        int[] Attribute(string name) => name.EndsWith("Attribute", StringComparison.Ordinal) ? Of(name[..^9]) : [];
    }

    private static bool IsUnnamedUse(SyntaxToken token) => token.Parent switch
    {
        ImplicitObjectCreationExpressionSyntax => token.IsKind(SyntaxKind.NewKeyword),
        ConstructorInitializerSyntax => token.IsKind(SyntaxKind.ThisKeyword) || token.IsKind(SyntaxKind.BaseKeyword),
        BracketedArgumentListSyntax { Parent: ElementAccessExpressionSyntax or ElementBindingExpressionSyntax } => token.IsKind(SyntaxKind.OpenBracketToken),
        _ => false,
    };

    private static string Unnamed(SyntaxToken token) => token.Kind() switch
    {
        SyntaxKind.NewKeyword => "new()",
        SyntaxKind.ThisKeyword => "this()",
        SyntaxKind.BaseKeyword => "base()",
        _ => "[]",
    };

    private static SymbolUse? Use(CSharpProject project, SyntaxTree tree, SemanticModel model, SyntaxToken token, ISymbol declared, CancellationToken cancellationToken)
    {
        SyntaxNode node = token.Parent!;
        ISymbol? found;
        UseKind kind;
        switch (node)
        {
            case BracketedArgumentListSyntax { Parent: ExpressionSyntax element }:
                found = model.GetSymbolInfo(element, cancellationToken).Symbol;
                kind = Access(element);
                node = element;
                break;
            case ConstructorInitializerSyntax or ImplicitObjectCreationExpressionSyntax:
                found = Bound(model, node, cancellationToken);
                kind = UseKind.Call;
                found = declared is INamedTypeSymbol ? found?.ContainingType : found;
                break;
            case SimpleNameSyntax name when declared is IMethodSymbol { MethodKind: MethodKind.Constructor }:
                if (Creation(name) is not { } creation)
                {
                    return null;
                }

                found = Bound(model, creation, cancellationToken);
                kind = UseKind.Call;
                break;
            case SimpleNameSyntax name:
                SymbolInfo info = model.GetSymbolInfo(name, cancellationToken);
                found = info.Symbol ?? (info.CandidateReason is CandidateReason.MemberGroup or CandidateReason.OverloadResolutionFailure or CandidateReason.Inaccessible ? info.CandidateSymbols.FirstOrDefault(c => SymbolIdentity.Same(declared, c)) : null);
                // In an attribute a type's name stands for its constructor.
                found = declared is INamedTypeSymbol && found is IMethodSymbol { MethodKind: MethodKind.Constructor } constructor ? constructor.ContainingType : found;
                kind = found is null ? UseKind.Name : declared is INamedTypeSymbol && Creation(name) is BaseObjectCreationExpressionSyntax ? UseKind.Call : KindOf(name, declared);
                break;
            default:
                return null;
        }

        if (!SymbolIdentity.Same(declared, found) || (declared is ILocalSymbol or IParameterSymbol && !SymbolEqualityComparer.Default.Equals(declared, found)))
        {
            return null;
        }

        SyntaxNode shown = node.FirstAncestorOrSelf<InvocationExpressionSyntax>() is { } call && call.Expression.Span.Contains(token.Span) ? call : node;
        return new SymbolUse(project, tree, token.Span, TextSpan.FromBounds(token.SpanStart, Math.Max(token.Span.End, shown.Span.End)), Within(model, node, cancellationToken), kind);
    }

    /// <summary>The creation or attribute whose type a name is.</summary>
    private static SyntaxNode? Creation(SimpleNameSyntax name)
    {
        SyntaxNode type = name;
        while (type.Parent is QualifiedNameSyntax qualified && qualified.Right == type)
        {
            type = qualified;
        }

        return type.Parent switch
        {
            ObjectCreationExpressionSyntax creation when creation.Type == type => creation,
            AttributeSyntax attribute when attribute.Name == type => attribute,
            PrimaryConstructorBaseTypeSyntax baseType when baseType.Type == type => baseType,
            _ => null,
        };
    }
}
