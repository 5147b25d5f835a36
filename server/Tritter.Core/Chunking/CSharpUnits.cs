using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Tritter.Core.Chunking;

/// <summary>The units of C#: using directives, types with their members, and statements of a program without a class.</summary>
internal static class CSharpUnits
{
    public static IReadOnlyList<SyntaxUnit> Of(string text, CancellationToken cancellationToken)
    {
        SyntaxNode root = CSharpSyntaxTree.ParseText(text, cancellationToken: cancellationToken).GetRoot(cancellationToken);
        return Inside(root, qualifier: "");
    }

    /// <summary>"int Add(int a, int b)": a declaration without attributes, body and initializer, on one line.</summary>
    public static string Signature(MemberDeclarationSyntax member)
    {
        int start = member.AttributeLists.Count > 0 ? member.AttributeLists[^1].GetLastToken().GetNextToken().SpanStart : member.SpanStart;
        int end = Math.Max(start, HeadEnd(member));
        string source = member.SyntaxTree.GetText().ToString(TextSpan.FromBounds(start, end));
        return OneLine(source).TrimEnd(';', ' ');
    }

    /// <summary>The declared name: "this[]" for an indexer, the names of all variables of a field.</summary>
    public static string? Name(MemberDeclarationSyntax member) => member switch
    {
        BaseTypeDeclarationSyntax type => type.Identifier.Text,
        DelegateDeclarationSyntax type => type.Identifier.Text,
        MethodDeclarationSyntax method => method.Identifier.Text,
        ConstructorDeclarationSyntax constructor => constructor.Identifier.Text,
        DestructorDeclarationSyntax destructor => "~" + destructor.Identifier.Text,
        PropertyDeclarationSyntax property => property.Identifier.Text,
        EventDeclarationSyntax declared => declared.Identifier.Text,
        EnumMemberDeclarationSyntax value => value.Identifier.Text,
        BaseFieldDeclarationSyntax field => string.Join(", ", field.Declaration.Variables.Select(v => v.Identifier.Text)),
        IndexerDeclarationSyntax => "this[]",
        OperatorDeclarationSyntax op => "operator " + op.OperatorToken.Text,
        ConversionOperatorDeclarationSyntax op => "operator " + op.Type,
        BaseNamespaceDeclarationSyntax space => space.Name.ToString(),
        _ => null,
    };

    /// <summary>"A.B", or "B" where there is no A.</summary>
    public static string? Qualified(string qualifier, string? name) =>
        string.IsNullOrEmpty(name) ? null : qualifier.Length == 0 ? name : $"{qualifier}.{name}";

    private static List<SyntaxUnit> Inside(SyntaxNode node, string qualifier)
    {
        var units = new List<SyntaxUnit>();
        foreach (SyntaxNode child in node.ChildNodes())
        {
            switch (child)
            {
                case BaseNamespaceDeclarationSyntax space:
                    // Its own line goes to what follows.
                    units.AddRange(Inside(space, Qualified(qualifier, Name(space)) ?? qualifier));
                    break;
                case UsingDirectiveSyntax or ExternAliasDirectiveSyntax:
                    AddJoined(units, child, ChunkKind.Imports);
                    break;
                case GlobalStatementSyntax:
                    AddJoined(units, child, ChunkKind.Lines);
                    break;
                case MemberDeclarationSyntax member:
                    units.Add(Member(member, qualifier));
                    break;
            }
        }

        return units;
    }

    /// <summary>Neighbours of the same kind are one unit, cut between them when they are too many.</summary>
    private static void AddJoined(List<SyntaxUnit> units, SyntaxNode node, ChunkKind kind)
    {
        int start = Start(node);
        if (units.Count > 0 && units[^1].Kind == kind && units[^1].Children.Count == 0)
        {
            units[^1] = units[^1] with { End = node.Span.End, Breaks = [.. units[^1].Breaks, start] };
        }
        else
        {
            units.Add(new SyntaxUnit(start, node.Span.End, kind));
        }
    }

    private static SyntaxUnit Member(MemberDeclarationSyntax member, string qualifier)
    {
        string? symbol = Qualified(qualifier, Name(member));
        List<SyntaxUnit> children = member is TypeDeclarationSyntax or EnumDeclarationSyntax ? Inside(member, symbol ?? qualifier) : [];
        string signature = Signature(member);
        if (children.Count > 0)
        {
            signature = $"{signature} {{ {string.Join("; ", children.Select(c => c.Signature))} }}";
        }

        return new SyntaxUnit(Start(member), member.Span.End, member is BaseTypeDeclarationSyntax or DelegateDeclarationSyntax ? ChunkKind.Type : ChunkKind.Member)
        {
            Symbol = symbol,
            Signature = signature,
            Doc = Doc(member),
            Children = children,
            Breaks = children.Count > 0 ? [] : [.. member.DescendantNodes().OfType<StatementSyntax>().Where(s => s is not BlockSyntax).Select(Start).Distinct().Order()],
        };
    }

    /// <summary>Offset where the body or the value begins, or where the declaration ends.</summary>
    private static int HeadEnd(MemberDeclarationSyntax member) => member switch
    {
        BaseMethodDeclarationSyntax { Body: { } body } => body.SpanStart,
        BaseMethodDeclarationSyntax { ExpressionBody: { } body } => body.SpanStart,
        BaseTypeDeclarationSyntax type when type.OpenBraceToken.IsKind(SyntaxKind.OpenBraceToken) => type.OpenBraceToken.SpanStart,
        PropertyDeclarationSyntax { ExpressionBody: { } body } => body.SpanStart,
        IndexerDeclarationSyntax { ExpressionBody: { } body } => body.SpanStart,
        BasePropertyDeclarationSyntax { AccessorList: { } list } => list.Accessors.All(a => a.Body is null && a.ExpressionBody is null) ? list.Span.End : list.SpanStart,
        BaseFieldDeclarationSyntax { Declaration.Variables: [{ Initializer: { } value }] } => value.SpanStart,
        _ => member.Span.End,
    };

    private static string? Doc(SyntaxNode node)
    {
        string[] lines = [.. node.GetLeadingTrivia()
            .Where(t => t.IsKind(SyntaxKind.SingleLineDocumentationCommentTrivia) || t.IsKind(SyntaxKind.MultiLineDocumentationCommentTrivia))
            .SelectMany(t => t.ToFullString().Split('\n'))
            .Select(l => l.Trim().TrimStart('/', '*').Trim())
            .Where(l => l.Length > 0)];
        return lines.Length == 0 ? null : string.Join('\n', lines);
    }

    // Comments, indentation and blank lines before a declaration belong to it.
    private static int Start(SyntaxNode node) => node.FullSpan.Start;

    private static string OneLine(string source) => string.Join(' ', source.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
