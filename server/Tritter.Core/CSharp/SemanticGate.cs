using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;
using Tritter.Core.Completion;

namespace Tritter.Core.CSharp;

/// <summary>
/// Lets the compiler look at a suggestion before anybody sees it. The member around the cursor is bound with the suggestion in place; an error
/// that was not there without it gets the suggestion trimmed, repaired or dropped.
/// </summary>
/// <remarks>
/// Without the suggestion the text is unfinished, so errors are compared with two texts: the one before, and the one without the cursor's line.
/// What is wrong in either is not the suggestion's fault. Only the member at the cursor is judged: what else depends on it takes longer to find
/// than typing goes on.
/// </remarks>
public static class SemanticGate
{
    /// <summary>Shorter texts that are tried when the whole is not clean.</summary>
    private const int MostTries = 8;

    /// <summary>
    /// "Does not exist" in its forms. While references are missing that is no proof, unless no file of the project uses the name: what comes from
    /// a package is hardly used for the first time by a suggestion.
    /// </summary>
    private static readonly HashSet<string> _notFound =
        ["CS0103", "CS0117", "CS0234", "CS0246", "CS0400", "CS0426", "CS1061", "CS0012", "CS1579", "CS1929", "CS7069", "CS8129", "CS0115"];

    /// <summary>Errors about what is not finished, in the whole of a member or type: later lines mend them.</summary>
    private static readonly HashSet<string> _unfinished =
    [
        "CS0161", // not all code paths return a value
        "CS0165", // use of unassigned local variable: may be assigned by what is still to be typed above it
        "CS0177", // out parameter must be assigned
        "CS0534", "CS0535", // does not implement the inherited or interface member
        "CS5001", // no Main
    ];

    /// <summary>Names that are not found: what other files declare is known where a file is compiled by itself.</summary>
    private static readonly HashSet<string> _certainAlone = ["CS0103", "CS0117", "CS0234", "CS0246", "CS0426", "CS1061"];

    /// <summary>Asks the file by itself first, which is enough for nearly every suggestion.</summary>
    /// <param name="file">With its text without the suggestion.</param>
    /// <param name="offset">The cursor.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static GateVerdict Judge(FocusedFile file, int offset, string suggestion, CancellationToken cancellationToken)
    {
        CSharpProject after = file.Alone.WithDocument(file.Path, file.Text.Insert(offset, suggestion));
        // What a namespace declares is all files' business: of two types with one name the other may stand anywhere.
        if (ErrorScope.Of(after.Tree(file.Path)!.GetRoot(cancellationToken), new TextSpan(offset, suggestion.Length)) == ErrorReach.File)
        {
            return Judge(file.Whole, file.Path, file.Text, offset, suggestion, cancellationToken);
        }

        GateVerdict alone = Judge(file.Alone, after, file.Path, file.Text, offset, suggestion, cancellationToken);
        if (alone.Outcome == GateOutcome.Kept || IsCertain(alone, file, cancellationToken))
        {
            return alone;
        }

        bool isConfirmed = IsConfirmed(alone, file, offset, suggestion, cancellationToken);
        if (isConfirmed && alone.Outcome != GateOutcome.Dropped)
        {
            return alone;
        }

        try
        {
            return Judge(file.Whole, file.Path, file.Text, offset, suggestion, cancellationToken);
        }
        catch (OperationCanceledException) when (isConfirmed)
        {
            // There is no time to find out what could be saved of it.
            return alone;
        }
    }

    /// <summary>Whether the error has nothing to do with the file's own types, which other files know as different ones.</summary>
    private static bool IsCertain(GateVerdict alone, FocusedFile file, CancellationToken cancellationToken)
    {
        string[] own = [.. file.Alone.Tree(file.Path)!.GetRoot(cancellationToken).DescendantNodes().OfType<BaseTypeDeclarationSyntax>().Select(type => type.Identifier.ValueText)];
        return _certainAlone.Contains(alone.Reason![..alone.Reason!.IndexOf(':')]) && !own.Any(name => name.Length > 0 && alone.Reason.Contains(name, StringComparison.Ordinal));
    }

    /// <summary>Whether the project finds the same error in the suggestion that the file by itself has found.</summary>
    private static bool IsConfirmed(GateVerdict alone, FocusedFile file, int offset, string suggestion, CancellationToken cancellationToken)
    {
        CSharpProject after = file.Whole.WithDocument(file.Path, file.Text.Insert(offset, suggestion));
        var inserted = new TextSpan(offset, suggestion.Length);
        SyntaxNode root = after.Tree(file.Path)!.GetRoot(cancellationToken);
        return ErrorScope.Errors(after, file.Path, inserted, ErrorScope.Of(root, inserted), ErrorScope.Declared(root, inserted), cancellationToken).Any(e => Describe(e) == alone.Reason);
    }

    /// <param name="project">The project, with or without the document's current text.</param>
    /// <param name="path">The document's path as the project spells it.</param>
    /// <param name="text">The document's text without the suggestion.</param>
    /// <param name="offset">The cursor.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static GateVerdict Judge(CSharpProject project, string path, string text, int offset, string suggestion, CancellationToken cancellationToken)
    {
        CSharpProject before = project.WithDocument(path, text);
        return Judge(before, before.WithDocument(path, text.Insert(offset, suggestion)), path, text, offset, suggestion, cancellationToken);
    }

    /// <param name="before">With the text without the suggestion.</param>
    /// <param name="after">With the suggestion.</param>
    private static GateVerdict Judge(CSharpProject before, CSharpProject after, string path, string text, int offset, string suggestion, CancellationToken cancellationToken)
    {
        (int lineStart, int lineEnd) = Line(text, offset);
        Lazy<CSharpProject> blank = new(() => before.WithDocument(path, text[..lineStart] + text[lineEnd..]));
        IReadOnlySet<string> declared = ErrorScope.Declared(after.Tree(path)!.GetRoot(cancellationToken), new TextSpan(offset, suggestion.Length));
        var counted = new Dictionary<ErrorReach, ErrorCount>();
        IEnumerable<Diagnostic> Errors(CSharpProject project, TextSpan at, ErrorReach reach) => ErrorScope.Errors(project, path, at, reach, declared, cancellationToken);
        ErrorCount Known(ErrorReach reach) => counted.TryGetValue(reach, out ErrorCount? known)
            ? known
            : counted[reach] = ErrorCount.Of(Errors(before, new TextSpan(offset, 0), reach)).Or(ErrorCount.Of(
                WithoutTorn(before, blank.Value, path, Errors(blank.Value, new TextSpan(lineStart, 0), reach), cancellationToken)));
        Diagnostic? FirstNew(CSharpProject project, TextSpan inserted)
        {
            ErrorReach reach = ErrorScope.Of(project.Tree(path)!.GetRoot(cancellationToken), inserted);
            Diagnostic[] errors = [.. Errors(project, inserted, reach)];
            bool IsOfSuggestion(Diagnostic error) => IsToBlame(error, inserted, project, path, cancellationToken) && !MayBeGenerated(project, path, error, cancellationToken);
            // Most suggestions are clean: then what is wrong without them needs not be known, which would take twice as long again.
            return errors.Any(IsOfSuggestion) ? Known(reach).New(errors).Where(IsOfSuggestion).MinBy(e => e.Location.SourceSpan.Start) : null;
        }

        bool IsClean(string other) => FirstNew(before.WithDocument(path, text.Insert(offset, other)), new TextSpan(offset, other.Length)) is null;

        Diagnostic? first = FirstNew(after, new TextSpan(offset, suggestion.Length));
        if (first is null)
        {
            return new GateVerdict(GateOutcome.Kept, suggestion);
        }

        string reason = Describe(first);
        IEnumerable<string> closed = EndsTooSoon(first, offset, suggestion) ? MissingEnd.Added(text[lineStart..offset], suggestion) : [];
        foreach (string repaired in closed.Concat(NameRepair.Candidates(after, path, first, offset, suggestion, cancellationToken)))
        {
            if (IsClean(repaired))
            {
                return new GateVerdict(GateOutcome.Repaired, repaired, reason);
            }
        }

        int errorStart = Math.Clamp(first.Location.SourceSpan.Start - offset, 0, suggestion.Length);
        int errorEnd = Math.Clamp(first.Location.SourceSpan.End - offset, 0, suggestion.Length);
        foreach (string shorter in ShorterSuggestions.Of(suggestion, errorStart, errorEnd).Take(MostTries))
        {
            if (IsClean(shorter))
            {
                return new GateVerdict(GateOutcome.Trimmed, shorter, reason);
            }
        }

        return new GateVerdict(GateOutcome.Dropped, "", reason);
    }

    private static bool EndsTooSoon(Diagnostic error, int offset, string suggestion) =>
        error.Id is "CS1002" or "CS1026" or "CS1003" or "CS1513" && error.Location.SourceSpan.Start >= offset + suggestion.TrimEnd().Length;

    /// <summary>
    /// What is wrong where the cursor's line is left out. Its absence may tear apart what stands around it, a header from its body or an operand from its
    /// operator: that is no excuse for a suggestion which does the same.
    /// </summary>
    private static IEnumerable<Diagnostic> WithoutTorn(CSharpProject before, CSharpProject blank, string path, IEnumerable<Diagnostic> errors, CancellationToken cancellationToken)
    {
        HashSet<Diagnostic> syntax = [.. SyntaxErrors(blank, path, cancellationToken)];
        return syntax.Count > SyntaxErrors(before, path, cancellationToken).Count() ? [] : errors.Where(e => !syntax.Contains(e));
    }

    private static IEnumerable<Diagnostic> SyntaxErrors(CSharpProject project, string path, CancellationToken cancellationToken) =>
        project.Tree(path)!.GetDiagnostics(cancellationToken).Where(d => d.Severity == DiagnosticSeverity.Error);

    private static bool IsToBlame(Diagnostic error, TextSpan inserted, CSharpProject project, string path, CancellationToken cancellationToken) =>
        (project.IsComplete || !_notFound.Contains(error.Id) || IsUsedNowhere(error, project, path, cancellationToken))
        && (!_unfinished.Contains(error.Id) || inserted.Contains(error.Location.SourceSpan) || IsOfWholeBody(error, inserted, project, path, cancellationToken)
            || IsAskedFor(error, inserted, project, path, cancellationToken));

    /// <summary>Whether the error is that a type lacks a member which the suggestion asks of it: nobody is about to write that.</summary>
    private static bool IsAskedFor(Diagnostic error, TextSpan inserted, CSharpProject project, string path, CancellationToken cancellationToken)
    {
        if (error.Id is not ("CS0534" or "CS0535"))
        {
            return false;
        }

        SyntaxTree tree = project.Tree(path)!;
        SyntaxNode root = tree.GetRoot(cancellationToken);
        return project.Compilation.GetSemanticModel(tree).GetDeclaredSymbol(root.FindNode(error.Location.SourceSpan).FirstAncestorOrSelf<BaseTypeDeclarationSyntax>() ?? root, cancellationToken) is INamedTypeSymbol type
            && root.DescendantNodes(inserted).OfType<MemberDeclarationSyntax>().Where(member => member is not BaseTypeDeclarationSyntax && member.Span.IntersectsWith(inserted))
                .Select(member => project.Compilation.GetSemanticModel(tree).GetDeclaredSymbol(member, cancellationToken))
                .Any(member => member is { IsAbstract: true } && !member.ContainingType.Equals(type, SymbolEqualityComparer.Default));
    }

    /// <summary>Whether the error is about a body that the suggestion has from brace to brace: nothing is still to come there.</summary>
    private static bool IsOfWholeBody(Diagnostic error, TextSpan inserted, CSharpProject project, string path, CancellationToken cancellationToken)
    {
        BlockSyntax? body = project.Tree(path)!.GetRoot(cancellationToken).FindNode(error.Location.SourceSpan).AncestorsAndSelf().Select(node => node switch
        {
            BaseMethodDeclarationSyntax method => method.Body,
            LocalFunctionStatementSyntax function => function.Body,
            AccessorDeclarationSyntax accessor => accessor.Body,
            _ => null,
        }).FirstOrDefault(b => b is not null);
        return body is not null && inserted.Contains(body.Span);
    }

    private static bool IsUsedNowhere(Diagnostic error, CSharpProject project, string path, CancellationToken cancellationToken) =>
        project.Tree(path)!.GetRoot(cancellationToken).FindToken(error.Location.SourceSpan.End - 1, findInsideTrivia: false) is var token
        && token.IsKind(SyntaxKind.IdentifierToken) && !project.Uses(token.ValueText);

    /// <summary>Whether a member that is missing may be in the part of its type that a source generator writes: generators are not run.</summary>
    private static bool MayBeGenerated(CSharpProject project, string path, Diagnostic error, CancellationToken cancellationToken)
    {
        if (error.Id is not ("CS1061" or "CS0117" or "CS7036" or "CS1729"))
        {
            // A partial method without its implementation asks for one.
            return error.Id == "CS8795";
        }

        SyntaxTree tree = project.Tree(path)!;
        SyntaxNode node = tree.GetRoot(cancellationToken).FindNode(error.Location.SourceSpan, getInnermostNodeForTie: true);
        SemanticModel model = project.Compilation.GetSemanticModel(tree);
        ITypeSymbol? type = error.Id is "CS1729" or "CS7036" && node.FirstAncestorOrSelf<BaseObjectCreationExpressionSyntax>() is { } creation
            ? model.GetTypeInfo(creation, cancellationToken).Type
            : node.AncestorsAndSelf().OfType<MemberAccessExpressionSyntax>().FirstOrDefault() is { } access
            ? model.GetTypeInfo(access.Expression, cancellationToken).Type ?? model.GetSymbolInfo(access.Expression, cancellationToken).Symbol as ITypeSymbol
            : node is TypeDeclarationSyntax declaration ? model.GetDeclaredSymbol(declaration, cancellationToken) : null;
        return type?.DeclaringSyntaxReferences.Any(r => r.GetSyntax(cancellationToken) is TypeDeclarationSyntax part && AsksForGeneratedMembers(part)) ?? false;
    }

    /// <summary>Generators are asked by an attribute on a partial type or on its fields.</summary>
    private static bool AsksForGeneratedMembers(TypeDeclarationSyntax part) =>
        part.Modifiers.Any(SyntaxKind.PartialKeyword) && (part.AttributeLists.Count > 0 || part.Members.Any(m => m is FieldDeclarationSyntax && m.AttributeLists.Count > 0));

    private static (int Start, int End) Line(string text, int offset)
    {
        int start = offset == 0 ? 0 : text.LastIndexOf('\n', offset - 1) + 1;
        int end = text.IndexOf('\n', offset);
        return (start, end < 0 ? text.Length : end);
    }

    private static string Describe(Diagnostic error) => $"{error.Id}: {error.GetMessage(CultureInfo.InvariantCulture)}";
}
