namespace Tritter.Core.Chunking;

/// <summary>A piece of a file that makes sense alone. The chunks of a file follow each other without gap or overlap and together are its text.</summary>
/// <param name="Path">The file as the caller named it.</param>
/// <param name="Start">Offset of the first character in the file's text, in UTF-16 code units.</param>
/// <param name="Length">UTF-16 code units; never 0.</param>
/// <param name="FirstLine">Line of the first character, from 0.</param>
/// <param name="LastLine">Line of the last character, from 0.</param>
/// <param name="Kind">What it is; of several merged siblings, what the first is.</param>
/// <param name="Symbol">Qualified name, such as "Tritter.Core.Chunking.Chunk", or a heading; null when it has none.</param>
/// <param name="Signature">One line. For a type's header the signatures of its members too; null when there is none.</param>
/// <param name="Doc">Text of the doc comment without its markers; null when there is none.</param>
public sealed record Chunk(string Path, int Start, int Length, int FirstLine, int LastLine, ChunkKind Kind, string? Symbol, string? Signature, string? Doc)
{
    /// <summary>Offset after the last character.</summary>
    public int End => Start + Length;

    /// <summary>The characters themselves.</summary>
    public ReadOnlySpan<char> In(string text) => text.AsSpan(Start, Length);
}
