using System.Text;

namespace Tritter.Core.Documents;

/// <summary>
/// Where the lines of a text begin, to translate between offsets and the positions of editors.
/// A line ends with \n, \r\n or a lone \r, as in LSP; a text that ends with one of them has an empty last line.
/// </summary>
public sealed class LineIndex
{
    private readonly string _text;
    private readonly int[] _starts;

    /// <summary>Scans <paramref name="text"/> once.</summary>
    public LineIndex(string text)
    {
        _text = text;
        _starts = FindLineStarts(text);
    }

    /// <summary>Number of lines; at least 1.</summary>
    public int LineCount => _starts.Length;

    /// <summary>
    /// The UTF-16 offset of <paramref name="position"/>. A character past the end of the line means the end of the line, before its line ending;
    /// one inside a code point of several bytes (UTF-8 only) means the start of that code point.
    /// </summary>
    /// <exception cref="LineOutOfRangeException">The text has no such line.</exception>
    public int OffsetOf(LinePosition position, PositionEncoding encoding)
    {
        if (position.Line < 0 || position.Line >= LineCount)
        {
            throw new LineOutOfRangeException(position.Line, LineCount);
        }

        int start = _starts[position.Line];
        ReadOnlySpan<char> line = _text.AsSpan(start, EndOf(position.Line) - start);
        return start + encoding switch
        {
            PositionEncoding.Utf8 => CharsInBytes(line, position.Character),
            _ => Math.Clamp(position.Character, 0, line.Length),
        };
    }

    /// <summary>The position of a UTF-16 offset; one between \r and \n counts as the end of its line.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The offset lies outside the text.</exception>
    public LinePosition PositionOf(int offset, PositionEncoding encoding)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, _text.Length);

        int found = Array.BinarySearch(_starts, offset);
        int line = found >= 0 ? found : ~found - 1;
        ReadOnlySpan<char> before = _text.AsSpan(_starts[line], Math.Min(offset, EndOf(line)) - _starts[line]);
        return new LinePosition(line, encoding == PositionEncoding.Utf8 ? Encoding.UTF8.GetByteCount(before) : before.Length);
    }

    /// <summary>Offset after the last character of the line, its line ending not counted.</summary>
    private int EndOf(int line)
    {
        if (line == LineCount - 1)
        {
            return _text.Length;
        }

        int end = _starts[line + 1] - 1;
        return end > _starts[line] && _text[end] == '\n' && _text[end - 1] == '\r' ? end - 1 : end;
    }

    private static int[] FindLineStarts(string text)
    {
        var starts = new List<int> { 0 };
        int at = 0;
        while (text.AsSpan(at).IndexOfAny('\r', '\n') is var found and >= 0)
        {
            at += found;
            at += text[at] == '\r' && at + 1 < text.Length && text[at + 1] == '\n' ? 2 : 1;
            starts.Add(at);
        }

        return [.. starts];
    }

    private static int CharsInBytes(ReadOnlySpan<char> line, int bytes)
    {
        int chars = 0;
        while (chars < line.Length)
        {
            // A lone surrogate decodes as U+FFFD of 3 bytes, which is also what it becomes in UTF-8.
            Rune.DecodeFromUtf16(line[chars..], out Rune rune, out int consumed);
            bytes -= rune.Utf8SequenceLength;
            if (bytes < 0)
            {
                break;
            }

            chars += consumed;
        }

        return chars;
    }
}
