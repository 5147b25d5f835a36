using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Tritter.Core.Syntax;
using SyntaxTree = Tritter.Core.Syntax.SyntaxTree;

namespace Tritter.Core.Completion;

/// <summary>Whether a block is to follow a place: an empty one is put there, and the parser says what it would be.</summary>
internal static class BlockOpening
{
    private static readonly TimeSpan _parseLimit = TimeSpan.FromMilliseconds(50);

    /// <summary>Words that a line of a declaration may hold whose block follows although it ends in no bracket.</summary>
    private static readonly HashSet<string> _declaring =
        ["class", "struct", "interface", "enum", "record", "namespace", "trait", "impl", "union", "mod", "fn", "else", "try", "do", "finally", "loop", "unsafe", "match", "function", "get", "set"];

    /// <summary>First words of lines of Python that end in a colon and have a body.</summary>
    private static readonly HashSet<string> _headers =
        ["def", "class", "if", "elif", "else", "for", "while", "with", "try", "except", "finally", "match", "case", "async"];

    /// <summary>Whether a colon at the end of <paramref name="head"/> begins a body of Python: that of a dictionary, a slice or a lambda does not.</summary>
    /// <param name="lineStart">Where the last line of <paramref name="head"/> begins.</param>
    public static bool IsHeader(string head, int lineStart, string suffix)
    {
        if (SyntaxTree.Parse("python", head + " pass" + suffix, _parseLimit, CancellationToken.None) is { } tree)
        {
            return NodeAt(tree, head.Length - 1, ":") is
            {
                Parent.Kind: "function_definition" or "class_definition" or "if_statement" or "elif_clause" or "else_clause" or "for_statement"
                or "while_statement" or "with_statement" or "try_statement" or "except_clause" or "finally_clause" or "match_statement" or "case_clause" or "ERROR"
            } colon
                && (colon.Parent!.Value.Kind != "ERROR" || StartsWithHeader(head[lineStart..]));
        }

        return StartsWithHeader(head[lineStart..]);
    }

    /// <summary>Whether a block may follow <paramref name="head"/>, and none does: behind a signature or the head of a loop.</summary>
    /// <param name="line">The last line of <paramref name="head"/>.</param>
    public static bool IsAwaited(string languageId, string head, string line, string suffix)
    {
        string next = suffix.TrimStart();
        if (next.StartsWith('{') || next.StartsWith("=>", StringComparison.Ordinal) || !(head[^1] is ')' || Words(line).Any(_declaring.Contains)))
        {
            return false;
        }

        return languageId switch
        {
            "csharp" => IsAwaitedInCSharp(head, suffix),
            "python" => false,
            _ => SyntaxTree.Parse(languageId, head + " {}" + suffix, _parseLimit, CancellationToken.None) is { } tree && NodeAt(tree, head.Length + 1, "{") is { Parent: { } body } && IsBody(body),
        };
    }

    private static bool IsBody(Node body) => body.Parent is { } owner
        && (body.Kind is "class_body" or "interface_body" or "object_type" && owner.Kind.EndsWith("_declaration", StringComparison.Ordinal)
            || body.Kind is "declaration_list" or "field_declaration_list" or "enum_variant_list" or "enum_body" or "match_block" or "switch_body"
            || (body.Kind is "block" or "statement_block" && owner.Kind is not ("block" or "statement_block" or "program" or "source_file" or "expression_statement" or "ERROR")));

    private static bool IsAwaitedInCSharp(string head, string suffix)
    {
        SyntaxNode root = CSharpSyntaxTree.ParseText(head + " {}" + suffix).GetRoot();
        SyntaxToken brace = root.FindToken(head.Length + 1);
        return brace.IsKind(SyntaxKind.OpenBraceToken) && brace.Parent switch
        {
            BlockSyntax block => block.Parent is not (BlockSyntax or GlobalStatementSyntax or SwitchSectionSyntax),
            BaseTypeDeclarationSyntax or BaseNamespaceDeclarationSyntax or SwitchStatementSyntax or AccessorListSyntax => true,
            _ => false,
        };
    }

    private static Node? NodeAt(SyntaxTree tree, int offset, string kind)
    {
        for (int i = 0; i < tree.Count; i++)
        {
            if (tree[i] is var node && node.Start == offset && node.Kind == kind)
            {
                return node;
            }
        }

        return null;
    }

    private static bool StartsWithHeader(string line)
    {
        CodeScanner scanner = CodeScanner.For("python");
        scanner.Read(line);
        return scanner.Depth == 0 && Words(line).FirstOrDefault() is { } first && _headers.Contains(first);
    }

    private static IEnumerable<string> Words(string line) => line.Split([' ', '\t', '(', ')', '{', '}', ';', ':', '<'], StringSplitOptions.RemoveEmptyEntries);
}
