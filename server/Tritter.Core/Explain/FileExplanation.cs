using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Tritter.Core.Answers;
using Tritter.Core.CSharp;
using static Tritter.Core.Explain.Citing;

namespace Tritter.Core.Explain;

/// <summary>The text about a whole file: what it declares, what it needs, who needs it.</summary>
internal static class FileExplanation
{
    private const int MostNames = 10;

    public static void Write(AnswerWriter to, CSharpSolution solution, SemanticModel model, CancellationToken cancellationToken)
    {
        SyntaxTree tree = model.SyntaxTree;
        SyntaxNode root = tree.GetRoot(cancellationToken);
        INamedTypeSymbol[] types = [.. root.DescendantNodes(n => n is CompilationUnitSyntax or BaseNamespaceDeclarationSyntax).Where(n => n is BaseTypeDeclarationSyntax or DelegateDeclarationSyntax).Select(n => (INamedTypeSymbol)model.GetDeclaredSymbol(n, cancellationToken)!)];
        string name = Path.GetFileName(tree.FilePath);
        int lines = tree.GetText(cancellationToken).Lines.Count;
        string space = types.Select(t => t.ContainingNamespace).FirstOrDefault(n => !n.IsGlobalNamespace) is { } ns ? $" in the namespace {AnswerWriter.Code(ns.ToDisplayString())}" : "";
        string has = types.Length == 0 ? root.DescendantNodes().OfType<GlobalStatementSyntax>().Any() ? "top-level statements" : "no types" : Count(types.Length, "type");
        SyntaxNode first = root.ChildNodes().FirstOrDefault() ?? root;
        to.Paragraph($"**{AnswerWriter.Code(name)}** declares {has}{space} in {Count(lines, "line")}.{to.Cite(tree, types.Length > 0 && Declarations.First(types[0], cancellationToken) is { } d && d.SyntaxTree == tree ? Declarations.Header(d) : first.Span, types.FirstOrDefault())}");
        foreach (INamedTypeSymbol type in types)
        {
            SyntaxNode declaration = Declarations.Of(type, cancellationToken).First(x => x.SyntaxTree == tree);
            DocComment? doc = Declarations.DocComment(declaration) is { } comment ? DocComment.Of(comment) : null;
            to.Paragraph($"**{AnswerWriter.Code(SymbolNames.Short(type))}** is {SymbolNames.Kind(type)}{to.Cite(tree, Declarations.Header(declaration), type)}.{(doc is { Summary.Length: > 0 } ? $" {doc.Summary}{to.Cite(tree, doc.Span)}" : "")}");
            ISymbol[] shown = [.. type.GetMembers().Where(m => !m.IsImplicitlyDeclared && m is not IMethodSymbol { AssociatedSymbol: not null } && m.DeclaredAccessibility != Accessibility.Private && m.Locations.Any(l => l.SourceTree == tree))];
            if (shown.Length > 0)
            {
                to.Line();
                foreach (ISymbol member in shown.Take(MostNames))
                {
                    to.Line($"- {AnswerWriter.Code(SymbolNames.Signature(member))}{to.CiteDeclaration(member, cancellationToken)}");
                }

                if (shown.Length > MostNames)
                {
                    to.Line($"- and {shown.Length - MostNames} more");
                }
            }
        }

        WriteNeeds(to, model, root, cancellationToken);
        WriteUsers(to, solution, tree, types, cancellationToken);
    }

    private static void WriteNeeds(AnswerWriter to, SemanticModel model, SyntaxNode root, CancellationToken cancellationToken)
    {
        var needed = new Dictionary<INamedTypeSymbol, Place>(SymbolEqualityComparer.Default);
        foreach (SimpleNameSyntax name in root.DescendantNodes().OfType<SimpleNameSyntax>())
        {
            if (model.GetSymbolInfo(name, cancellationToken).Symbol is INamedTypeSymbol { OriginalDefinition: { } type } && type.Locations.Any(l => l.IsInSource && l.SourceTree != root.SyntaxTree))
            {
                needed.TryAdd(type, new Place(root.SyntaxTree, name.Span));
            }
        }

        if (needed.Count > 0)
        {
            to.Paragraph($"**Uses** {And([.. needed.Take(MostNames).Select(n => AnswerWriter.Code(SymbolNames.Short(n.Key)) + to.Cite(n.Value))])}{(needed.Count > MostNames ? $" and {needed.Count - MostNames} more types of these projects" : "")}.");
        }
    }

    private static void WriteUsers(AnswerWriter to, CSharpSolution solution, SyntaxTree tree, INamedTypeSymbol[] types, CancellationToken cancellationToken)
    {
        SymbolUse[] uses = [.. types.SelectMany(t => SymbolUses.Find(solution, t, cancellationToken)).Where(u => u.Tree.FilePath != tree.FilePath)];
        var files = uses.GroupBy(u => u.Tree.FilePath, StringComparer.Ordinal).OrderByDescending(g => g.Count()).ToList();
        if (files.Count > 0)
        {
            to.Paragraph($"**Used by** {Count(files.Count, "file")}: {And([.. files.Take(MostNames).Select(f => $"{AnswerWriter.Code(Path.GetFileName(f.Key))} ({f.Count()}){to.Cite(f.First().Tree, f.First().Statement)}")])}{(files.Count > MostNames ? $" and {files.Count - MostNames} more" : "")}.");
        }
    }
}
