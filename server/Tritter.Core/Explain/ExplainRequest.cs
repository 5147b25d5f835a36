using Tritter.Core.CSharp;

namespace Tritter.Core.Explain;

/// <summary>What is to be explained: with a diagnostic, that; with a range, what is selected; with a position, the symbol there; else the file.</summary>
/// <param name="Path">Full path with '/' separators.</param>
/// <param name="Text">The file's text as its reader sees it.</param>
/// <param name="Start">Offset of the selection or the cursor; null for the whole file.</param>
/// <param name="End">Offset after the selection; the start again for a cursor.</param>
/// <param name="Diagnostic">A compiler's diagnostic, such as <c>CS1061</c>, at or after the start; null for none.</param>
/// <param name="IsWholeLine">The start means its line: what is declared there, or else around it.</param>
public sealed record ExplainRequest(string Path, string Text, int? Start = null, int? End = null, string? Diagnostic = null, bool IsWholeLine = false);

/// <summary>Who last changed some lines.</summary>
/// <param name="Commits">How many commits the lines come from.</param>
/// <param name="Last">The newest of them.</param>
/// <param name="Uncommitted">Lines that no commit has yet.</param>
public sealed record LineHistory(int Commits, CommitLine? Last, CommitLine? First, int Uncommitted);

/// <param name="Id">First digits of the commit's hash.</param>
/// <param name="Date">Of the author.</param>
/// <param name="Subject">First line of the message.</param>
public sealed record CommitLine(string Id, DateOnly Date, string Author, string Subject);

/// <summary>What an explanation may look at.</summary>
/// <param name="History">Asks for the history of lines: path, its text, first and last line from 1; null when there is none.</param>
public sealed record ExplainSources(CSharpSolution Solution, Func<string, string, int, int, LineHistory?>? History = null);
