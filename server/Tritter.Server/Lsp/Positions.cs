namespace Tritter.Server.Lsp;

/// <summary>LSP <c>Position</c>.</summary>
/// <param name="Line">From 0.</param>
/// <param name="Character">From 0, in the unit that <c>initialize</c> agreed on.</param>
internal sealed record Position(int Line, int Character);

/// <summary>LSP <c>Range</c>; its end is exclusive.</summary>
internal sealed record TextRange(Position Start, Position End);
