namespace Tritter.Core.Evaluation;

/// <summary>What is cut out of a file to be filled in again.</summary>
public enum InfillKind
{
    RestOfLine,
    NextLine,
    Block,
}

/// <summary>A file with a cursor, and what stood there.</summary>
/// <param name="Path">As shown to the model.</param>
/// <param name="Whole">The file's text, lines ending in \n.</param>
public sealed record InfillCase(string Path, InfillKind Kind, string Whole, int Start, int Length)
{
    public string Middle => Whole.Substring(Start, Length);

    public string Cut => Whole.Remove(Start, Length);
}
