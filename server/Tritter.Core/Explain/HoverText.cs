using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Tritter.Core.CSharp;

namespace Tritter.Core.Explain;

/// <summary>A C# symbol in a few lines, for a popup: its signature, the first sentence of its comment, and how much it is used.</summary>
public static class HoverText
{
    /// <param name="path">Full path with '/' separators.</param>
    /// <returns>Markdown; null where no name of a type or member stands.</returns>
    /// <exception cref="OperationCanceledException"/>
    public static string? Of(CSharpSolution solution, string path, int offset, CancellationToken cancellationToken)
    {
        if (solution.File(path) is not var (project, tree) || !IsAtName(tree, offset, cancellationToken))
        {
            return null;
        }

        if (CSharpExplainer.SymbolAt(project.Compilation.GetSemanticModel(tree), offset, cancellationToken) is not { } named)
        {
            return null;
        }

        ISymbol symbol = SymbolIdentity.Declared(named);
        if (symbol is not (INamedTypeSymbol or IMethodSymbol or IPropertySymbol or IFieldSymbol or IEventSymbol))
        {
            return null;
        }

        DocComment? doc = Declarations.Of(symbol, cancellationToken).Select(Declarations.DocComment).FirstOrDefault(d => d is not null) is { } comment ? DocComment.Of(comment) : null;
        string summary = doc is { Summary.Length: > 0 } ? $"\n{FirstSentence(doc.Summary)}\n" : "";
        return $"```csharp\n{SymbolNames.Signature(symbol)}\n```\n{summary}{Uses(solution, symbol, cancellationToken)}";
    }

    private static bool IsAtName(SyntaxTree tree, int offset, CancellationToken cancellationToken)
    {
        SyntaxNode root = tree.GetRoot(cancellationToken);
        return offset <= root.FullSpan.End && root.FindToken(offset) is var token && token.IsKind(SyntaxKind.IdentifierToken) && token.Span.Contains(offset);
    }

    private static string Uses(CSharpSolution solution, ISymbol symbol, CancellationToken cancellationToken)
    {
        if (!SymbolIdentity.IsOwn(symbol))
        {
            return "";
        }

        IReadOnlyList<User> users = FactsOfMember.Users(SymbolUses.Find(solution, symbol, cancellationToken));
        User[] tests = [.. users.Where(u => RelatedSymbols.IsTest(u.Member))];
        string used = users.Count == tests.Length
            ? "Used by nothing in these projects"
            : $"{(symbol is IMethodSymbol ? "Called" : "Used")} by {Citing.Count(users.Count - tests.Length, "member")} at {Citing.Count(users.Except(tests).Sum(u => u.Uses.Count), "place")}";
        return $"\n{used}{(tests.Length > 0 ? $"; {Citing.Count(tests.Length, "test")}" : "")}.\n";
    }

    private static string FirstSentence(string text) => text.IndexOf(". ", StringComparison.Ordinal) is var end and >= 0 ? text[..(end + 1)] : text;
}
