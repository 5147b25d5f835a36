using System.Collections.Concurrent;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;
using Tritter.Core.CSharp;
using Tritter.Core.Explain;

namespace Tritter.Core.Ask;

/// <summary>The graph that the compiler knows.</summary>
public sealed class CSharpGraph(CSharpSolution solution) : ICodeGraph
{
    private readonly ConcurrentDictionary<string, IReadOnlyList<CodeUse>> _uses = new(StringComparer.Ordinal);

    public bool IsCertain => true;

    public int FileCount => solution.Files.Count;

    public bool Knows(string name, CancellationToken cancellationToken)
    {
        string[] parts = Parts(name);
        return parts.Length > 0 && solution.Projects.Any(p => p.Compilation.ContainsSymbolsWithName(parts[^1], SymbolFilter.TypeAndMember, cancellationToken)) && (parts.Length == 1 || Find(name, cancellationToken).Count > 0);
    }

    public IReadOnlyList<CodeSymbol> Find(string name, CancellationToken cancellationToken)
    {
        string[] parts = Parts(name);
        if (parts.Length == 0)
        {
            return [];
        }

        var found = new List<ISymbol>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (CSharpProject project in solution.Projects)
        {
            found.AddRange(project.Compilation.GetSymbolsWithName(parts[^1], SymbolFilter.TypeAndMember, cancellationToken)
                .Where(s => Ends(s, parts) && Declarations.First(s, cancellationToken) is not null && seen.Add(SymbolIdentity.Key(s) ?? s.ToDisplayString())));
        }

        // Types before members, and what others see before what is private.
        return [.. found.OrderBy(s => s is INamedTypeSymbol ? 0 : 1).ThenBy(s => RelatedSymbols.IsTest(s) ? 1 : 0).ThenBy(s => s.DeclaredAccessibility == Accessibility.Public ? 0 : 1).Select(s => Of(s, cancellationToken)!)];
    }

    public IReadOnlyList<CodeUse> Uses(CodeSymbol symbol, CancellationToken cancellationToken)
    {
        var handle = (ISymbol)symbol.Handle;
        return _uses.GetOrAdd(SymbolIdentity.Key(handle) ?? symbol.Qualified, _ => [.. SymbolUses.Find(solution, handle, cancellationToken)
            .Select(u => new CodeUse(u.Within is null ? null : Of(SymbolIdentity.Declared(u.Within), cancellationToken), u.Tree.FilePath, u.Statement.Start, u.Statement.Length, u.Kind, u.Within is not null && IsTest(u.Within)))]);
    }

    public IReadOnlyList<CodeCall> Calls(CodeSymbol symbol, CancellationToken cancellationToken)
    {
        IEnumerable<ISymbol> members = symbol.Handle is INamedTypeSymbol type ? type.GetMembers() : [(ISymbol)symbol.Handle];
        return [.. members.Where(m => m is IMethodSymbol or IPropertySymbol).SelectMany(m => FactsOfMember.Calls(solution, m, cancellationToken))
            .Select(c => (Callee: Of(c.Symbol, cancellationToken), Place: c.Places[0])).Where(c => c.Callee is not null)
            .Select(c => new CodeCall(c.Callee!, c.Place.Tree.FilePath, c.Place.Span.Start, c.Place.Span.Length))];
    }

    public IReadOnlyList<CodeSymbol> Derived(CodeSymbol symbol, CancellationToken cancellationToken) =>
        [.. (symbol.Handle is INamedTypeSymbol type ? RelatedSymbols.Derived(solution, type, cancellationToken) : RelatedSymbols.Implementations(solution, (ISymbol)symbol.Handle, cancellationToken)).Select(s => Of(s, cancellationToken)).OfType<CodeSymbol>()];

    public IReadOnlyList<(CodeSymbol Test, CodeUse Use)> Tests(CodeSymbol symbol, CancellationToken cancellationToken)
    {
        var handle = (ISymbol)symbol.Handle;
        IEnumerable<SymbolUse> uses = SymbolUses.Find(solution, handle, cancellationToken);
        if (handle is INamedTypeSymbol type)
        {
            uses = uses.Concat(type.InstanceConstructors.SelectMany(c => SymbolUses.Find(solution, c, cancellationToken)));
        }

        return [.. FactsOfMember.Tests(solution, FactsOfMember.Users(uses), cancellationToken).Select(t => (Of(t.Test, cancellationToken)!, new CodeUse(null, t.Use.Tree.FilePath, t.Use.Statement.Start, t.Use.Statement.Length, t.Use.Kind, true)))];
    }

    public (string Text, string Path, int Start, int Length)? Value(CodeSymbol symbol, CancellationToken cancellationToken)
    {
        SyntaxNode? value = Declarations.First((ISymbol)symbol.Handle, cancellationToken) switch
        {
            VariableDeclaratorSyntax { Initializer: { } initializer } => initializer.Value,
            PropertyDeclarationSyntax { Initializer: { } initializer } => initializer.Value,
            PropertyDeclarationSyntax { ExpressionBody: { } arrow } => arrow.Expression,
            EnumMemberDeclarationSyntax { EqualsValue: { } equals } => equals.Value,
            _ => null,
        };
        return value is null ? null : (value.ToString(), value.SyntaxTree.FilePath, value.SpanStart, value.Span.Length);
    }

    public IReadOnlyList<CodeSymbol> InFile(string path, CancellationToken cancellationToken)
    {
        if (solution.File(path) is not var (project, tree))
        {
            return [];
        }

        SemanticModel model = project.Compilation.GetSemanticModel(tree);
        return [.. tree.GetRoot(cancellationToken).DescendantNodes(n => n is CompilationUnitSyntax or BaseNamespaceDeclarationSyntax or TypeDeclarationSyntax)
            .Where(n => n is MemberDeclarationSyntax and not (BaseNamespaceDeclarationSyntax or GlobalStatementSyntax))
            .Select(n => model.GetDeclaredSymbol(n is BaseFieldDeclarationSyntax f ? f.Declaration.Variables[0] : n, cancellationToken)).OfType<ISymbol>().Select(s => Of(s, cancellationToken)).OfType<CodeSymbol>()];
    }

    public string? Text(string path) => solution.File(path)?.Tree.GetText().ToString();

    private static CodeSymbol? Of(ISymbol symbol, CancellationToken cancellationToken)
    {
        if (Declarations.First(symbol, cancellationToken) is not { } declaration)
        {
            return null;
        }

        TextSpan header = Declarations.Header(declaration);
        string doc = Declarations.Of(symbol, cancellationToken).Select(Declarations.DocComment).FirstOrDefault(d => d is not null) is { } comment ? DocComment.Of(comment).Summary : "";
        return new CodeSymbol(SymbolNames.Short(symbol), SymbolNames.Qualified(symbol), SymbolNames.Kind(symbol), SymbolNames.Signature(symbol), declaration.SyntaxTree.FilePath, header.Start, header.Length, doc, symbol);
    }

    private static string[] Parts(string name) => name.Replace("::", ".", StringComparison.Ordinal).Replace('#', '.').TrimEnd('(', ')').Split('.', StringSplitOptions.RemoveEmptyEntries);

    private static bool IsTest(ISymbol member) => RelatedSymbols.IsTest(member) || (member.ContainingType is { } type && RelatedSymbols.HasTests(type));

    /// <summary>Whether a symbol's qualified name ends in these parts.</summary>
    private static bool Ends(ISymbol symbol, string[] parts)
    {
        ISymbol? at = symbol;
        for (int i = parts.Length - 1; i >= 0; i--)
        {
            if (at is null or INamespaceSymbol { IsGlobalNamespace: true } || at.Name != parts[i])
            {
                return false;
            }

            at = (ISymbol?)at.ContainingType ?? at.ContainingNamespace;
        }

        return true;
    }
}
