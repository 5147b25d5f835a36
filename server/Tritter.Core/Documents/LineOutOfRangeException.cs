namespace Tritter.Core.Documents;

/// <summary>A position names a line that the text does not have.</summary>
public sealed class LineOutOfRangeException(int line, int lineCount)
    : Exception($"line {line} does not exist: the document has {lineCount} {(lineCount == 1 ? "line" : "lines")}, counted from 0")
{
    /// <summary>The line that was asked for, from 0.</summary>
    public int Line => line;

    /// <summary>Lines of the text; at least 1.</summary>
    public int LineCount => lineCount;
}
