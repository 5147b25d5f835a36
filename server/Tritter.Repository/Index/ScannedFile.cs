using System.Text;
using Tritter.Core.Chunking;
using Tritter.Core.Context;

namespace Tritter.Repository.Index;

/// <summary>Everything of one file that goes into the index. Making one costs parsing, and may be done on any thread.</summary>
/// <param name="PathWords">For the search, as <paramref name="ChunkWords"/>.</param>
/// <param name="ChunkWords">For each chunk the words of its symbol and of its text.</param>
/// <param name="Names">See <see cref="NameLines"/>.</param>
internal sealed record ScannedFile(
    string Path, SourceText Source, IReadOnlyList<Chunk> Chunks, string PathWords, IReadOnlyList<(string Symbol, string Body)> ChunkWords, FileSymbols Symbols, byte[] Names)
{
    /// <exception cref="OperationCanceledException"/>
    public static ScannedFile Of(string path, SourceText source, CancellationToken cancellationToken)
    {
        // Secrets were blanked out character by character, so places in the text are places in the file.
        IReadOnlyList<Chunk> chunks = Chunker.Cut(path, source.Text, ChunkBudget.Default, cancellationToken);
        FileSymbols symbols = SymbolScan.Of(path, source.Text, cancellationToken);
        var words = new StringBuilder();
        var chunkWords = new List<(string, string)>(chunks.Count);
        foreach (Chunk chunk in chunks)
        {
            chunkWords.Add((Words(words, chunk.Symbol), Words(words, chunk.In(source.Text))));
        }

        return new ScannedFile(path, source, chunks, Words(words, path), chunkWords, symbols, NameLines.Write(symbols.References));
    }

    private static string Words(StringBuilder words, ReadOnlySpan<char> text)
    {
        words.Clear();
        IdentifierWords.Append(words, text);
        return words.ToString();
    }
}
