using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Tritter.Core.CSharp;

/// <summary>How far the errors may be from an insertion that it brings.</summary>
internal enum ErrorReach
{
    /// <summary>Into a body: in the member that it belongs to.</summary>
    Body,

    /// <summary>Between the braces of a type: in the file's declarations, and in the bodies that name what is declared.</summary>
    Declarations,

    /// <summary>Into what the rest of a file hangs on, such as a list of base types or usings: anywhere.</summary>
    File,
}

/// <summary>The errors of a file that an insertion can have to do with. To ask for no others is what makes the compiler fast enough.</summary>
internal static class ErrorScope
{
    /// <summary>So many bodies are looked at one by one; more are looked at together with all others.</summary>
    private const int MostBodies = 12;

    /// <param name="root">With the text inserted.</param>
    public static ErrorReach Of(SyntaxNode root, TextSpan inserted)
    {
        SyntaxNode? place = root.FindToken(Math.Min(inserted.Start, Math.Max(0, root.FullSpan.End - 1))).Parent;
        foreach (SyntaxNode node in place?.AncestorsAndSelf() ?? [])
        {
            if (node is BlockSyntax or ArrowExpressionClauseSyntax or EqualsValueClauseSyntax or GlobalStatementSyntax && node.Span.Contains(inserted))
            {
                return ErrorReach.Body;
            }
        }

        // Types that the insertion brings along stand in the one that it goes into.
        BaseTypeDeclarationSyntax? type = place?.AncestorsAndSelf().OfType<BaseTypeDeclarationSyntax>().FirstOrDefault(t => t.SpanStart < inserted.Start);
        return type is not null && !type.OpenBraceToken.IsMissing && inserted.Start >= type.OpenBraceToken.Span.End && (type.CloseBraceToken.IsMissing || inserted.End <= type.CloseBraceToken.SpanStart)
            ? ErrorReach.Declarations : ErrorReach.File;
    }

    /// <summary>Names that are declared, at least in part, by what was inserted.</summary>
    public static IReadOnlySet<string> Declared(SyntaxNode root, TextSpan inserted) => root.DescendantNodes(inserted)
        .Where(node => node is not BaseTypeDeclarationSyntax || node.SpanStart >= inserted.Start)
        .Select(node => node switch
        {
            BaseTypeDeclarationSyntax type => type.Identifier,
            DelegateDeclarationSyntax type => type.Identifier,
            MethodDeclarationSyntax method => method.Identifier,
            ConstructorDeclarationSyntax constructor => constructor.Identifier,
            PropertyDeclarationSyntax property => property.Identifier,
            EventDeclarationSyntax happening => happening.Identifier,
            EnumMemberDeclarationSyntax member => member.Identifier,
            VariableDeclaratorSyntax variable => variable.Identifier,
            _ => default,
        })
        .Select(name => name.ValueText).Where(name => !string.IsNullOrEmpty(name)).ToHashSet(StringComparer.Ordinal);

    /// <summary>Errors of syntax and binding.</summary>
    /// <param name="at">Where text was inserted, or would be.</param>
    /// <param name="declared">The names that are declared there: the same for all texts that are compared.</param>
    public static IEnumerable<Diagnostic> Errors(CSharpProject project, string path, TextSpan at, ErrorReach reach, IReadOnlySet<string> declared, CancellationToken cancellationToken)
    {
        SyntaxTree tree = project.Tree(path)!;
        SyntaxNode root = tree.GetRoot(cancellationToken);
        SemanticModel model = project.Compilation.GetSemanticModel(tree);
        if (reach == ErrorReach.File)
        {
            return model.GetDiagnostics(cancellationToken: cancellationToken).Where(IsError);
        }

        // A brace too many shows at the end of the file, so syntax is looked at in the whole of it.
        IEnumerable<Diagnostic> syntax = tree.GetDiagnostics(cancellationToken);
        if (reach == ErrorReach.Body)
        {
            return syntax.Concat(model.GetMethodBodyDiagnostics(Members(root, at), cancellationToken)).Where(IsError);
        }

        return syntax.Concat(model.GetDeclarationDiagnostics(cancellationToken: cancellationToken)).Concat(Bodies(root, at, declared).SelectMany(body => model.GetMethodBodyDiagnostics(body, cancellationToken))).Where(IsError);
    }

    private static bool IsError(Diagnostic diagnostic) => diagnostic.Severity == DiagnosticSeverity.Error;

    /// <summary>Of the members where something was inserted, and of those that name what is declared there.</summary>
    private static TextSpan[] Bodies(SyntaxNode root, TextSpan at, IReadOnlySet<string> declared)
    {
        TextSpan here = Members(root, at);
        TextSpan[] others =
        [
            .. root.DescendantTokens().Where(token => token.IsKind(SyntaxKind.IdentifierToken) && declared.Contains(token.ValueText))
                .Select(token => Member(root, token.SpanStart)).Where(member => member.Length > 0 && !here.Contains(member)).Distinct(),
        ];
        return others.Length > MostBodies ? [root.FullSpan] : [here, .. others];
    }

    /// <summary>From the member in which <paramref name="at"/> begins to the one in which it ends.</summary>
    private static TextSpan Members(SyntaxNode root, TextSpan at)
    {
        TextSpan first = Member(root, at.Start), last = Member(root, at.End);
        return TextSpan.FromBounds(Math.Min(first.Start, last.Start), Math.Max(first.End, last.End));
    }

    /// <summary>The span of the member at a place; between members just the place.</summary>
    private static TextSpan Member(SyntaxNode root, int position)
    {
        var clamped = new TextSpan(Math.Min(position, root.FullSpan.End), 0);
        SyntaxNode node = root.FindNode(clamped, getInnermostNodeForTie: true);
        MemberDeclarationSyntax? member = node.AncestorsAndSelf().OfType<MemberDeclarationSyntax>().FirstOrDefault(m => m is not BaseNamespaceDeclarationSyntax);
        return member is null or TypeDeclarationSyntax ? clamped : member.FullSpan;
    }
}
