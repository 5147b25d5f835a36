using Tritter.Core.Chunking;

namespace Tritter.Repository.Index;

// What queries of the index answer with. Paths are relative to the repository's root, with '/' separators; lines count from 0.

/// <summary>A file as it was when it was indexed.</summary>
/// <param name="Hash">Of its bytes, in hexadecimal; the same bytes always have the same.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Language">Language id, such as csharp.</param>
public sealed record IndexedFile(string Path, string Hash, long Size, string Language);

/// <summary>A chunk of a file.</summary>
/// <param name="Start">Offset in the file's text, in UTF-16 code units, without a byte order mark.</param>
/// <param name="Hash">Of the file it was cut from.</param>
public sealed record IndexedChunk(string Path, string Hash, int Start, int Length, int FirstLine, int LastLine, ChunkKind Kind, string? Symbol, string? Signature);

/// <summary>A chunk that a search found.</summary>
/// <param name="Score">BM25; higher is better, comparable within one search.</param>
/// <param name="Text">The chunk as it stands on disk, secrets blanked out; null when the file is not any more what was indexed.</param>
public sealed record SearchHit(IndexedChunk Chunk, double Score, string? Text);

/// <summary>A definition.</summary>
/// <param name="Line">Of the name.</param>
/// <param name="Signature">One line.</param>
/// <param name="Hash">Of the file it was found in.</param>
public sealed record IndexedSymbol(string Path, string Hash, string Name, string QualifiedName, ChunkKind Kind, int Start, int Length, int Line, string Signature);

/// <summary>A line of code that uses a name.</summary>
public sealed record IndexedReference(string Path, int Line);

/// <summary>How much is in the index.</summary>
/// <param name="Redactions">Secrets that were blanked out, and key files that were left out.</param>
/// <param name="IsComplete">Whether it ever held every file of the repository.</param>
public sealed record IndexCounts(int Files, int Chunks, int Symbols, int Redactions, bool IsComplete)
{
    public static IndexCounts None { get; } = new(0, 0, 0, 0, false);
}
