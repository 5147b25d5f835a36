namespace Tritter.Core.Chunking;

/// <summary>A syntactic unit of a text, from which <see cref="UnitPacker"/> makes chunks. Units of one list do not overlap and are in order.</summary>
/// <param name="Start">Offset of its first character, comments before it included.</param>
/// <param name="End">Offset after its last character.</param>
/// <param name="Kind">What a chunk of it alone is.</param>
internal sealed record SyntaxUnit(int Start, int End, ChunkKind Kind)
{
    public string? Symbol { get; init; }

    public string? Signature { get; init; }

    public string? Doc { get; init; }

    /// <summary>Units inside; a unit that is too large is cut into them.</summary>
    public IReadOnlyList<SyntaxUnit> Children { get; init; } = [];

    /// <summary>Offsets, ascending, at which a unit without children is best cut: where statements begin.</summary>
    public IReadOnlyList<int> Breaks { get; init; } = [];
}
