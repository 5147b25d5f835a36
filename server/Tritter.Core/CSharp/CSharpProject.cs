using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace Tritter.Core.CSharp;

/// <summary>One project as the compiler sees it at a moment: immutable, and cheap to vary by a document.</summary>
public sealed class CSharpProject
{
    private readonly ImmutableDictionary<string, SyntaxTree> _trees;
    private readonly Lazy<IReadOnlySet<string>> _names;

    private CSharpProject(
        CSharpCompilation compilation, CSharpParseOptions parseOptions, ImmutableDictionary<string, SyntaxTree> trees, bool isComplete, Lazy<IReadOnlySet<string>>? names = null)
    {
        Compilation = compilation;
        ParseOptions = parseOptions;
        _trees = trees;
        IsComplete = isComplete;
        _names = names ?? new Lazy<IReadOnlySet<string>>(() => trees.Values.SelectMany(t => t.GetRoot().DescendantTokens()).Where(t => t.IsKind(SyntaxKind.IdentifierToken)).Select(t => t.ValueText).ToHashSet(StringComparer.Ordinal));
    }

    public CSharpCompilation Compilation { get; }

    public CSharpParseOptions ParseOptions { get; }

    /// <summary>Whether all that the project refers to was found. Otherwise a name that is not found may exist all the same.</summary>
    public bool IsComplete { get; }

    /// <summary>Paths of the files, with '/' separators.</summary>
    public IEnumerable<string> Paths => _trees.Keys;

    /// <param name="files">Path, with '/' separators, and text of every file.</param>
    /// <param name="isComplete">See <see cref="IsComplete"/>.</param>
    public static CSharpProject Create(
        string name,
        IEnumerable<(string Path, string Text)> files,
        IEnumerable<MetadataReference> references,
        CSharpParseOptions? parseOptions = null,
        CSharpCompilationOptions? options = null,
        bool isComplete = true)
    {
        parseOptions ??= CSharpParseOptions.Default.WithLanguageVersion(LanguageVersion.Preview);
        options ??= new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true);
        ImmutableDictionary<string, SyntaxTree> trees = files.ToImmutableDictionary(f => f.Path, f => CSharpSyntaxTree.ParseText(SourceText.From(f.Text), parseOptions, f.Path));
        var compilation = CSharpCompilation.Create(name, trees.Values.OrderBy(t => t.FilePath, StringComparer.Ordinal), references, options);
        return new CSharpProject(compilation, parseOptions, trees, isComplete);
    }

    /// <summary>Whether some file wrote this name when the project was loaded.</summary>
    public bool Uses(string name) => _names.Value.Contains(name);

    /// <summary>Does once what the first questions about a file would have to wait for: reading references, and all names.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public void WarmUp(string path, CancellationToken cancellationToken)
    {
        _ = _names.Value;
        if (_trees.ContainsKey(path))
        {
            _ = Errors(path, cancellationToken).Count();
        }
    }

    public SyntaxTree? Tree(string path) => _trees.GetValueOrDefault(path);

    /// <summary>The project with another text of a file, which may be new. Only what changed is parsed again.</summary>
    public CSharpProject WithDocument(string path, string text)
    {
        if (!_trees.TryGetValue(path, out SyntaxTree? old))
        {
            SyntaxTree added = CSharpSyntaxTree.ParseText(SourceText.From(text), ParseOptions, path);
            return new CSharpProject(Compilation.AddSyntaxTrees(added), ParseOptions, _trees.Add(path, added), IsComplete, _names);
        }

        SourceText before = old.GetText();
        if (Change(before, text) is not { } change)
        {
            return this;
        }

        SyntaxTree tree = old.WithChangedText(before.WithChanges(change));
        return new CSharpProject(Compilation.ReplaceSyntaxTree(old, tree), ParseOptions, _trees.SetItem(path, tree), IsComplete, _names);
    }

    /// <summary>The project with other references, such as later states of projects that it refers to.</summary>
    public CSharpProject WithReferences(IEnumerable<MetadataReference> references) => new(Compilation.WithReferences(references), ParseOptions, _trees, IsComplete, _names);

    public CSharpProject WithoutDocument(string path) => _trees.TryGetValue(path, out SyntaxTree? old)
        ? new CSharpProject(Compilation.RemoveSyntaxTrees(old), ParseOptions, _trees.Remove(path), IsComplete, _names)
        : this;

    /// <summary>One file of the project, compiled otherwise; what else is known of the project stays.</summary>
    /// <param name="compilation">Has the file's tree.</param>
    internal CSharpProject Only(string path, CSharpCompilation compilation) =>
        new(compilation, ParseOptions, ImmutableDictionary<string, SyntaxTree>.Empty.Add(path, _trees[path]), IsComplete, _names);

    /// <summary>Whether code names something that another file of the sources declares.</summary>
    /// <param name="start">Of the code, as an offset into the document as the project has it.</param>
    public bool NamesOtherFiles(string path, int start, int length, CancellationToken cancellationToken)
    {
        SyntaxTree tree = _trees[path];
        SemanticModel model = Compilation.GetSemanticModel(tree);
        return tree.GetRoot(cancellationToken).DescendantNodes(new TextSpan(start, length)).OfType<Microsoft.CodeAnalysis.CSharp.Syntax.SimpleNameSyntax>()
            .Where(name => name.SpanStart >= start && name.Span.End <= start + length)
            .Select(name => model.GetSymbolInfo(name, cancellationToken).Symbol?.OriginalDefinition)
            .Any(symbol => symbol is { Locations: [{ IsInSource: true } place, ..] } && place.SourceTree != tree);
    }

    /// <summary>The errors of a whole file.</summary>
    public IEnumerable<Diagnostic> Errors(string path, CancellationToken cancellationToken) =>
        Compilation.GetSemanticModel(_trees[path]).GetDiagnostics(cancellationToken: cancellationToken).Where(d => d.Severity == DiagnosticSeverity.Error);

    /// <summary>The one stretch in which two texts differ; null when they are equal.</summary>
    private static TextChange? Change(SourceText before, string after)
    {
        int shared = Math.Min(before.Length, after.Length);
        int start = 0;
        while (start < shared && before[start] == after[start])
        {
            start++;
        }

        if (start == before.Length && start == after.Length)
        {
            return null;
        }

        int end = 0;
        while (end < shared - start && before[before.Length - 1 - end] == after[after.Length - 1 - end])
        {
            end++;
        }

        return new TextChange(TextSpan.FromBounds(start, before.Length - end), after[start..(after.Length - end)]);
    }
}
