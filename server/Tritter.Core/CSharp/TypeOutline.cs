using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Tritter.Core.CSharp;

/// <summary>A type as others see it: its header and its members' signatures, without bodies, attributes and what is private.</summary>
internal static class TypeOutline
{
    private const int MostMembers = 24;

    /// <param name="withPrivate">Whether the reader is in the type as well, in another part of it.</param>
    /// <returns>C# text, lines ending in \n.</returns>
    public static string Of(BaseTypeDeclarationSyntax type, bool withPrivate = false)
    {
        var text = new StringBuilder();
        text.Append(Header(type));
        IEnumerable<string> members = type switch
        {
            EnumDeclarationSyntax e => e.Members.Select(m => m.Identifier.ValueText + ","),
            TypeDeclarationSyntax t => t.Members.Where(m => withPrivate || t is InterfaceDeclarationSyntax || !IsPrivate(m)).Select(Signature).OfType<string>(),
            _ => [],
        };
        string[] shown = [.. members.Take(MostMembers)];
        if (shown.Length == 0)
        {
            return text.Append(";\n").ToString();
        }

        text.Append("\n{\n");
        foreach (string member in shown)
        {
            text.Append("    ").Append(member).Append('\n');
        }

        return text.Append("}\n").ToString();
    }

    private static string Header(BaseTypeDeclarationSyntax type)
    {
        int end = type.OpenBraceToken.IsKind(SyntaxKind.None) ? type.SemicolonToken.SpanStart : type.OpenBraceToken.SpanStart;
        return OneLine(type, AfterAttributes(type), end);
    }

    private static string? Signature(MemberDeclarationSyntax member) => member switch
    {
        BaseTypeDeclarationSyntax type => Header(type) + ";",
        BaseMethodDeclarationSyntax method => OneLine(method, AfterAttributes(method), End(method, method.Body, method.ExpressionBody)) + ";",
        PropertyDeclarationSyntax { AccessorList: { } accessors } property when accessors.Accessors.All(a => a.Body is null && a.ExpressionBody is null) =>
            OneLine(property, AfterAttributes(property), accessors.Span.End),
        BasePropertyDeclarationSyntax property => OneLine(property, AfterAttributes(property), property.AccessorList?.SpanStart ?? ArrowOf(property)) + " { get; }",
        FieldDeclarationSyntax field => OneLine(field, AfterAttributes(field), field.Declaration.Variables[0].Identifier.Span.End) + ";",
        EventFieldDeclarationSyntax field => OneLine(field, AfterAttributes(field), field.Span.End),
        DelegateDeclarationSyntax type => OneLine(type, AfterAttributes(type), type.Span.End),
        _ => null,
    };

    private static int End(SyntaxNode node, BlockSyntax? body, ArrowExpressionClauseSyntax? arrow) =>
        (node as ConstructorDeclarationSyntax)?.Initializer?.SpanStart ?? body?.SpanStart ?? arrow?.SpanStart ?? (node.GetLastToken().IsKind(SyntaxKind.SemicolonToken) ? node.GetLastToken().SpanStart : node.Span.End);

    private static int ArrowOf(BasePropertyDeclarationSyntax property) =>
        property.ChildNodes().OfType<ArrowExpressionClauseSyntax>().FirstOrDefault()?.SpanStart ?? property.Span.End;

    private static int AfterAttributes(MemberDeclarationSyntax member) =>
        member.AttributeLists.Count == 0 ? member.SpanStart : member.AttributeLists[^1].GetLastToken().GetNextToken().SpanStart;

    /// <summary>The tokens with a blank where anything stood between them: comments, directives and what they switch off are not for others.</summary>
    private static string OneLine(SyntaxNode node, int start, int end)
    {
        var text = new StringBuilder();
        SyntaxToken before = default;
        foreach (SyntaxToken token in node.DescendantTokens().Where(t => t.SpanStart >= start && t.Span.End <= end))
        {
            bool isApart = text.Length > 0 && token.SpanStart > before.Span.End;
            text.Append(isApart ? " " : "").Append(token.Text.ReplaceLineEndings(" "));
            before = token;
        }

        return text.ToString();
    }

    /// <summary>Nothing said means private, too, except in interfaces.</summary>
    private static bool IsPrivate(MemberDeclarationSyntax member) => !member.Modifiers.Any(m =>
        m.Kind() is SyntaxKind.PublicKeyword or SyntaxKind.InternalKeyword or SyntaxKind.ProtectedKeyword) && member is not EnumMemberDeclarationSyntax;
}
