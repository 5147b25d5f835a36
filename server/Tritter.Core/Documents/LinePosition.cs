namespace Tritter.Core.Documents;

/// <summary>A place in a text as editors count it.</summary>
/// <param name="Line">Line, from 0.</param>
/// <param name="Character">Code units from the start of the line, in the unit of a <see cref="PositionEncoding"/>.</param>
public readonly record struct LinePosition(int Line, int Character);
