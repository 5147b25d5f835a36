using Tritter.Core.Syntax;

namespace Tritter.Core.Chunking;

/// <summary>Cuts a file's text into chunks. Never fails: what cannot be parsed is cut by lines.</summary>
public static class Chunker
{
    /// <summary>Of a file that takes longer to parse nothing is known. Whole files of 10 MB take less.</summary>
    internal static readonly TimeSpan ParseLimit = TimeSpan.FromSeconds(10);

    /// <param name="path">Its ending decides on the language; nothing is read.</param>
    /// <param name="text">Whole text of the file, with whatever line endings.</param>
    /// <returns>Chunks in order, which together are the text; none when the text is empty.</returns>
    /// <exception cref="OperationCanceledException"/>
    public static IReadOnlyList<Chunk> Cut(string path, string text, ChunkBudget budget, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(budget.MaxTokens);
        return new UnitPacker(path, text, budget, cancellationToken).Pack(Units(path, text, cancellationToken));
    }

    private static IReadOnlyList<SyntaxUnit> Units(string path, string text, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".cs" or ".csx" => OrLines(CSharpUnits.Of(text, cancellationToken), text),
            ".md" or ".markdown" => MarkdownUnits.Of(text),
            _ => SyntaxTree.ParseFile(path, text, ParseLimit, cancellationToken) is { } tree ? OrLines(TreeUnits.Of(tree), text) : LineUnits.Of(text),
        };
    }

    private static IReadOnlyList<SyntaxUnit> OrLines(IReadOnlyList<SyntaxUnit> units, string text) => units.Count > 0 ? units : LineUnits.Of(text);
}
