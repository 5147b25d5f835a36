namespace Tritter.Core.Chunking;

/// <summary>What a file defines and names.</summary>
/// <param name="Definitions">In the order of the text.</param>
/// <param name="References">Identifiers in code, one for each name and line; declared names are not among them where they are declared.</param>
/// <param name="Imports">Namespaces or modules, as written.</param>
public sealed record FileSymbols(IReadOnlyList<SymbolDefinition> Definitions, IReadOnlyList<SymbolReference> References, IReadOnlyList<string> Imports)
{
    public static FileSymbols None { get; } = new([], [], []);
}

/// <summary>A declaration.</summary>
/// <param name="Name">The declared identifier alone.</param>
/// <param name="QualifiedName">With namespace and types around it, such as "N.Box.Add".</param>
/// <param name="Start">Offset of the declaration without the comments before it, in UTF-16 code units.</param>
/// <param name="Length">UTF-16 code units to the end of its body.</param>
/// <param name="Line">Line of the name, from 0.</param>
/// <param name="Signature">One line, without the body.</param>
public sealed record SymbolDefinition(string Name, string QualifiedName, ChunkKind Kind, int Start, int Length, int Line, string Signature);

/// <summary>A name used in a line.</summary>
/// <param name="Line">From 0.</param>
public readonly record struct SymbolReference(string Name, int Line);
