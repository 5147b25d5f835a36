using Tritter.Core.Syntax;

namespace Tritter.Core.Chunking;

/// <summary>Finds the definitions, references and imports of a file by its syntax alone. Never fails: damaged text has fewer symbols.</summary>
public static class SymbolScan
{
    /// <param name="path">Its ending decides on the language; nothing is read.</param>
    /// <returns><see cref="FileSymbols.None"/> for languages without a parser here.</returns>
    /// <exception cref="OperationCanceledException"/>
    public static FileSymbols Of(string path, string text, CancellationToken cancellationToken) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".cs" or ".csx" => CSharpSymbols.Of(text, cancellationToken),
        _ => SyntaxTree.ParseFile(path, text, Chunker.ParseLimit, cancellationToken) is { } tree ? TreeSymbols.Of(tree) : FileSymbols.None,
    };
}
