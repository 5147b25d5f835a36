using System.Text;
using Tritter.Core.Documents;

namespace Tritter.Server.CommandLine;

/// <summary>A cursor position as editors show it.</summary>
/// <param name="File">Path as the user gave it.</param>
/// <param name="Line">1 for the first line.</param>
/// <param name="Column">1 before the line's first character; counts UTF-16 code units.</param>
internal sealed record SourcePlace(string File, int Line, int Column)
{
    /// <summary>Splits FILE:LINE:COL from its end, so that a drive letter's colon stays in the path.</summary>
    /// <exception cref="CommandFailure">It has another form.</exception>
    public static SourcePlace Parse(string text)
    {
        int column = text.LastIndexOf(':');
        int line = column > 0 ? text.LastIndexOf(':', column - 1) : -1;
        if (line > 0 && int.TryParse(text.AsSpan(line + 1, column - line - 1), out int l) && int.TryParse(text.AsSpan(column + 1), out int c))
        {
            return new SourcePlace(text[..line], l, c);
        }

        throw new CommandFailure($"'{text}' names no place; write FILE:LINE:COL, such as src/Program.cs:12:9", ExitCode.Usage);
    }

    /// <summary>Reads the file and finds the cursor in it.</summary>
    /// <exception cref="CommandFailure">The file cannot be read, or has no such line or column.</exception>
    public SourceCursor Open()
    {
        string text = Read();
        var lines = new LineIndex(text);
        if (Line < 1 || Line > lines.LineCount)
        {
            throw new CommandFailure($"{File} has no line {Line}; it has lines 1 to {lines.LineCount}", ExitCode.Usage);
        }

        int start = lines.OffsetOf(new LinePosition(Line - 1, 0), PositionEncoding.Utf16);
        int end = lines.OffsetOf(new LinePosition(Line - 1, int.MaxValue), PositionEncoding.Utf16);
        if (Column < 1 || Column > end - start + 1)
        {
            throw new CommandFailure($"line {Line} of {File} has no column {Column}; it has columns 1 to {end - start + 1}", ExitCode.Usage);
        }

        var document = new Document(ShownPath(), LanguageId(), Version: 0, text);
        return new SourceCursor(this, document, start, start + Column - 1, end);
    }

    // ReadAllText drops a byte order mark and leaves line endings alone.
    private string Read() => CommandFailure.Reading(File, () => System.IO.File.ReadAllText(File, Encoding.UTF8));

    // The model was trained on paths inside repositories: never show it where this machine keeps its folders.
    private string ShownPath()
    {
        string relative = Path.GetRelativePath(Directory.GetCurrentDirectory(), File);
        bool outside = Path.IsPathRooted(relative) || relative.StartsWith("..", StringComparison.Ordinal);
        return (outside ? Path.GetFileName(File) : relative).Replace('\\', '/');
    }

    private string LanguageId() => Path.GetExtension(File).ToLowerInvariant() switch
    {
        ".cs" => "csharp",
        ".py" => "python",
        ".rs" => "rust",
        ".ts" => "typescript",
        _ => "plaintext",
    };
}

/// <summary>A place in a text that was read. All offsets count UTF-16 code units.</summary>
/// <param name="LineStart">Offset of the line's first character.</param>
/// <param name="Offset">Offset of the cursor.</param>
/// <param name="LineEnd">Offset of the line break, or of the end of the text.</param>
internal sealed record SourceCursor(SourcePlace Place, Document Document, int LineStart, int Offset, int LineEnd)
{
    public ReadOnlySpan<char> LineBefore => Document.Text.AsSpan(LineStart, Offset - LineStart);

    public ReadOnlySpan<char> LineAfter => Document.Text.AsSpan(Offset, LineEnd - Offset);
}
