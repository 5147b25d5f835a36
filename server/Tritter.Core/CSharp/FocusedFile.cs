using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Tritter.Core.CSharp;

/// <summary>
/// A file compiled by itself against its project as it was a moment ago. While somebody types, what other files declare needs no second
/// look, so a question to the compiler costs what the file costs, however large the project is. Immutable.
/// </summary>
/// <remarks>
/// The project declares the file's types as well, and inside the file its own come first. Where another file hands one of them back the two are
/// different types, and the second one is older: an error that is found in <see cref="Alone"/> may be none in <see cref="Whole"/>.
/// </remarks>
public sealed class FocusedFile
{
    private readonly Lazy<CSharpProject> _whole;

    private FocusedFile(CSharpProject origin, string path, CSharpProject alone, string text)
    {
        Origin = origin;
        Path = path;
        Alone = alone;
        Text = text;
        _whole = new Lazy<CSharpProject>(() => origin.WithDocument(path, text));
    }

    /// <summary>The project that the file is compiled against.</summary>
    public CSharpProject Origin { get; }

    /// <summary>As the project spells it.</summary>
    public string Path { get; }

    public string Text { get; }

    /// <summary>The file by itself.</summary>
    public CSharpProject Alone { get; }

    /// <summary>The project with the file's text.</summary>
    public CSharpProject Whole => _whole.Value;

    /// <param name="project">With or without the file.</param>
    public static FocusedFile Of(CSharpProject project, string path, string text)
    {
        CSharpProject origin = project.WithDocument(path, text);
        SyntaxTree tree = origin.Tree(path)!;
        // The file's own assembly has the project's name: what is internal to others is open to it where it is open to the project.
        AssemblyIdentity identity = origin.Compilation.Assembly.Identity;
        string key = identity.HasPublicKey ? $", PublicKey={Convert.ToHexString(identity.PublicKey.AsSpan())}" : "";
        SyntaxTree friend = CSharpSyntaxTree.ParseText($"[assembly: System.Runtime.CompilerServices.InternalsVisibleTo(\"{identity.Name}{key}\")]", origin.ParseOptions);
        CSharpCompilation others = origin.Compilation.AddSyntaxTrees(friend);
        SyntaxTree usings = CSharpSyntaxTree.ParseText(GlobalUsings(origin.Compilation, tree), origin.ParseOptions);
        CSharpCompilation compilation = CSharpCompilation.Create(
            identity.Name, [tree, usings, .. OtherParts(others, tree)], others.References.Append(others.ToMetadataReference()), others.Options);
        return new FocusedFile(origin, path, origin.Only(path, compilation), text);
    }

    /// <summary>Whether other files would see a difference between this text and the one that they were compiled with.</summary>
    public bool IsStale => !SyntaxFactory.AreEquivalent(Origin.Tree(Path)!, Alone.Tree(Path)!, topLevel: true);

    /// <summary>The file with another text. What other files make of its declarations stays as it was, see <see cref="IsStale"/>.</summary>
    /// <returns>Null where a part of a type came or went: the other parts have to be found anew.</returns>
    public FocusedFile? With(string text)
    {
        CSharpProject alone = Alone.WithDocument(Path, text);
        return Partial(Origin.Tree(Path)!).SequenceEqual(Partial(alone.Tree(Path)!)) ? new FocusedFile(Origin, Path, alone, text) : null;
    }

    private static IEnumerable<string> Partial(SyntaxTree tree) => Parts(tree).Select(part => part.Identifier.ValueText);

    /// <summary>Does once what the first question would have to wait for: reading references and binding what the file uses.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public void WarmUp(CancellationToken cancellationToken) => Alone.WarmUp(Path, cancellationToken);

    /// <summary>Those of the other files: they hold for this one.</summary>
    private static string GlobalUsings(CSharpCompilation compilation, SyntaxTree tree) => string.Join('\n', compilation.SyntaxTrees.Where(t => t != tree)
        .SelectMany(t => t.GetCompilationUnitRoot().Usings).Where(u => u.GlobalKeyword.IsKind(SyntaxKind.GlobalKeyword)).Select(u => u.ToString()).Distinct());

    /// <summary>The files with the other parts of the file's partial types.</summary>
    private static IEnumerable<SyntaxTree> OtherParts(CSharpCompilation compilation, SyntaxTree tree)
    {
        TypeDeclarationSyntax[] parts = [.. Parts(tree)];
        if (parts.Length == 0)
        {
            return [];
        }

        SemanticModel model = compilation.GetSemanticModel(tree);
        return parts.SelectMany(p => model.GetDeclaredSymbol(p)?.DeclaringSyntaxReferences ?? []).Select(r => r.SyntaxTree).Where(t => t != tree).Distinct();
    }

    private static IEnumerable<TypeDeclarationSyntax> Parts(SyntaxTree tree) => tree.GetRoot().DescendantNodes(n => n is CompilationUnitSyntax or BaseNamespaceDeclarationSyntax or TypeDeclarationSyntax)
        .OfType<TypeDeclarationSyntax>().Where(t => t.Modifiers.Any(SyntaxKind.PartialKeyword));
}
