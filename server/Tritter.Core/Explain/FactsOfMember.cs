using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Tritter.Core.CSharp;

namespace Tritter.Core.Explain;

/// <summary>Gathers <see cref="MemberFacts"/>.</summary>
public static class FactsOfMember
{
    /// <param name="member">A method, property, field or event.</param>
    /// <exception cref="OperationCanceledException"/>
    public static MemberFacts Gather(CSharpSolution solution, ISymbol member, CancellationToken cancellationToken)
    {
        ISymbol declared = SymbolIdentity.Declared(member);
        SyntaxNode[] declarations = [.. Declarations.Of(declared, cancellationToken)];
        SyntaxNode[] nodes = [.. declarations.SelectMany(BodyNodes)];
        SemanticModel? model = declarations.Length > 0 ? ModelOf(solution, declarations[0].SyntaxTree) : null;
        IReadOnlyList<User> users = Users(SymbolUses.Find(solution, declared, cancellationToken));
        IReadOnlyList<ISymbol> bases = RelatedSymbols.Bases(declared);
        var method = declared as IMethodSymbol;
        IEnumerable<IParameterSymbol> parameters = declared switch { IMethodSymbol m => m.Parameters, IPropertySymbol p => p.Parameters, _ => [] };
        DocComment? doc = declarations.Select(Declarations.DocComment).FirstOrDefault(d => d is not null) is { } comment ? DocComment.Of(comment) : null;
        return new MemberFacts(
            declared,
            declarations,
            doc,
            users,
            [.. bases.Where(SymbolIdentity.IsOwn).SelectMany(b => Users(SymbolUses.Find(solution, b, cancellationToken))).DistinctBy(u => SymbolIdentity.Key(u.Member) ?? u.Member.Name)],
            model is null ? [] : BodyFacts.Calls(model, nodes, cancellationToken),
            model is null ? [] : BodyFacts.Data(model, nodes, cancellationToken).Reads,
            model is null ? [] : BodyFacts.Data(model, nodes, cancellationToken).Writes,
            model is null ? [] : ParameterUses.Of(model, parameters, nodes, cancellationToken),
            model is null ? [] : BodyFacts.Throws(model, nodes, cancellationToken),
            model is null ? new AsyncFacts(method?.IsAsync == true, false, [], [], null, []) : BodyFacts.Async(model, method, nodes, cancellationToken),
            model is null ? new DisposalFacts([], [], null) : BodyFacts.Disposal(model, method, nodes, cancellationToken),
            BodyFacts.Complexity(nodes),
            bases,
            RelatedSymbols.Implementations(solution, declared, cancellationToken),
            Tests(solution, users, cancellationToken));
    }

    /// <summary>Users grouped by member, most uses first.</summary>
    public static IReadOnlyList<User> Users(IEnumerable<SymbolUse> uses) =>
    [
        .. uses.Where(u => u.Within is not null).GroupBy(u => SymbolIdentity.Key(u.Within!) ?? u.Within!.ToDisplayString(), StringComparer.Ordinal)
            .Select(g => new User(SymbolIdentity.Declared(g.First().Within!), [.. g])).OrderByDescending(u => u.Uses.Count),
    ];

    /// <summary>Tests among the users, and tests that use one of them that is a test class's own method.</summary>
    public static IReadOnlyList<TestUse> Tests(CSharpSolution solution, IReadOnlyList<User> users, CancellationToken cancellationToken)
    {
        var tests = users.Where(u => RelatedSymbols.IsTest(u.Member)).Select(u => new TestUse(u.Member, null, u.Uses[0])).ToList();
        foreach (User helper in users.Where(u => !RelatedSymbols.IsTest(u.Member) && u.Member.ContainingType is { } type && RelatedSymbols.HasTests(type)))
        {
            tests.AddRange(Users(SymbolUses.Find(solution, helper.Member, cancellationToken)).Where(u => RelatedSymbols.IsTest(u.Member)).Select(u => new TestUse(u.Member, helper.Member, u.Uses[0])));
        }

        return [.. tests.DistinctBy(t => SymbolIdentity.Key(t.Test))];
    }

    /// <summary>What a member's body calls.</summary>
    public static IReadOnlyList<Touched> Calls(CSharpSolution solution, ISymbol member, CancellationToken cancellationToken)
    {
        SyntaxNode[] declarations = [.. Declarations.Of(member, cancellationToken)];
        return declarations.Length > 0 && ModelOf(solution, declarations[0].SyntaxTree) is { } model ? BodyFacts.Calls(model, declarations.SelectMany(BodyNodes).Where(n => n.SyntaxTree == declarations[0].SyntaxTree), cancellationToken) : [];
    }

    public static SemanticModel? ModelOf(CSharpSolution solution, SyntaxTree tree) =>
        solution.Projects.FirstOrDefault(p => p.Tree(tree.FilePath) == tree)?.Compilation.GetSemanticModel(tree);

    /// <summary>What a declaration does: its body, initialiser and, of a constructor, the call of another one.</summary>
    private static IEnumerable<SyntaxNode> BodyNodes(SyntaxNode declaration)
    {
        IEnumerable<SyntaxNode?> parts = declaration switch
        {
            ConstructorDeclarationSyntax c => [c.Initializer, c.Body, c.ExpressionBody],
            BaseMethodDeclarationSyntax m => [m.Body, m.ExpressionBody],
            LocalFunctionStatementSyntax f => [f.Body, f.ExpressionBody],
            PropertyDeclarationSyntax p => [p.AccessorList, p.ExpressionBody, p.Initializer],
            IndexerDeclarationSyntax i => [i.AccessorList, i.ExpressionBody],
            EventDeclarationSyntax e => [e.AccessorList],
            VariableDeclaratorSyntax v => [v.Initializer],
            EnumMemberDeclarationSyntax e => [e.EqualsValue],
            // A primary constructor's body is its type's initialisers; of a record its parameters alone.
            TypeDeclarationSyntax { BaseList: { } bases } => [.. bases.Types.OfType<PrimaryConstructorBaseTypeSyntax>()],
            _ => [],
        };
        return parts.OfType<SyntaxNode>().SelectMany(part => part.DescendantNodesAndSelf());
    }
}
