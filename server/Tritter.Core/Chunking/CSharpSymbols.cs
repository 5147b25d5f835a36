using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Tritter.Core.Chunking;

/// <summary>Symbols of C#, from the syntax tree.</summary>
internal static class CSharpSymbols
{
    public static FileSymbols Of(string text, CancellationToken cancellationToken)
    {
        SyntaxTree tree = CSharpSyntaxTree.ParseText(text, cancellationToken: cancellationToken);
        SyntaxNode root = tree.GetRoot(cancellationToken);
        TextLineCollection lines = tree.GetText(cancellationToken).Lines;
        var definitions = new List<SymbolDefinition>();
        AddDefinitions(definitions, root, "", lines);
        IEnumerable<SymbolReference> references = root.DescendantNodes().OfType<SimpleNameSyntax>()
            .Where(name => !name.Identifier.IsMissing && name.FirstAncestorOrSelf<UsingDirectiveSyntax>() is null && !NamesANamespace(name))
            .Select(name => new SymbolReference(name.Identifier.ValueText, lines.IndexOf(name.SpanStart)))
            .Distinct();
        IEnumerable<string> imports = root.DescendantNodes().OfType<UsingDirectiveSyntax>().Select(u => u.NamespaceOrType.ToString()).Where(name => name.Length > 0);
        return new FileSymbols(definitions, [.. references], [.. imports]);
    }

    private static void AddDefinitions(List<SymbolDefinition> definitions, SyntaxNode node, string qualifier, TextLineCollection lines)
    {
        foreach (MemberDeclarationSyntax member in node.ChildNodes().OfType<MemberDeclarationSyntax>())
        {
            string inner = CSharpUnits.Qualified(qualifier, CSharpUnits.Name(member)) ?? qualifier;
            if (member is not (BaseNamespaceDeclarationSyntax or GlobalStatementSyntax or IncompleteMemberSyntax))
            {
                Add(definitions, member, qualifier, lines);
            }

            AddDefinitions(definitions, member, inner, lines);
        }
    }

    private static void Add(List<SymbolDefinition> definitions, MemberDeclarationSyntax member, string qualifier, TextLineCollection lines)
    {
        string signature = CSharpUnits.Signature(member);
        ChunkKind kind = member is BaseTypeDeclarationSyntax or DelegateDeclarationSyntax ? ChunkKind.Type : ChunkKind.Member;
        IEnumerable<(string Name, int Offset)> names = member is BaseFieldDeclarationSyntax field
            ? field.Declaration.Variables.Select(v => (v.Identifier.ValueText, v.SpanStart))
            : [(CSharpUnits.Name(member) ?? "", NameOffset(member))];
        foreach ((string name, int offset) in names.Where(n => n.Name.Length > 0))
        {
            definitions.Add(new SymbolDefinition(name, CSharpUnits.Qualified(qualifier, name)!, kind, member.SpanStart, member.Span.Length, lines.IndexOf(offset), signature));
        }
    }

    private static int NameOffset(MemberDeclarationSyntax member) =>
        member.ChildTokens().FirstOrDefault(t => t.IsKind(SyntaxKind.IdentifierToken)) is { RawKind: not 0 } name ? name.SpanStart : member.SpanStart;

    private static bool NamesANamespace(SimpleNameSyntax name) =>
        name.Ancestors().TakeWhile(a => a is NameSyntax or BaseNamespaceDeclarationSyntax).Any(a => a is BaseNamespaceDeclarationSyntax space && space.Name.Span.Contains(name.Span));
}
