using Tritter.VisualStudio.Protocol;

namespace Tritter.VisualStudio.Text;

/// <summary>
/// Where the lines of one text begin, as LSP counts them: a line ends with \r\n, \n or \r alone. Visual Studio's editor also breaks lines
/// at U+0085, U+2028 and U+2029, so its own line numbers must not go to a server. Offsets and characters are UTF-16 units.
/// </summary>
public sealed class LineMap
{
    private readonly string _text;
    private readonly int[] _starts;

    public LineMap(string text)
    {
        _text = text;
        var starts = new List<int> { 0 };
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\n' || (text[i] == '\r' && !IsInsideCrLf(i + 1)))
            {
                starts.Add(i + 1);
            }
        }

        _starts = [.. starts];
    }

    /// <summary>Whether an offset lies between \r and \n, where LSP has no position.</summary>
    public bool IsInsideCrLf(int offset) => offset > 0 && offset < _text.Length && _text[offset - 1] == '\r' && _text[offset] == '\n';

    /// <exception cref="ArgumentOutOfRangeException">The offset is not in the text.</exception>
    public Position PositionOf(int offset)
    {
        if (offset < 0 || offset > _text.Length)
        {
            throw new ArgumentOutOfRangeException(nameof(offset), offset, $"the text has {_text.Length} units");
        }

        int line = Array.BinarySearch(_starts, offset);
        line = line < 0 ? ~line - 1 : line;
        return new Position(line, (IsInsideCrLf(offset) ? offset - 1 : offset) - _starts[line]);
    }

    public TextRange RangeOf(int start, int length) => new(PositionOf(start), PositionOf(start + length));

    /// <summary>The offset of a position; the end of the line when the line is shorter, of the text when it has fewer lines.</summary>
    public int OffsetOf(Position position)
    {
        if (position.Line < 0 || position.Line >= _starts.Length)
        {
            return position.Line < 0 ? 0 : _text.Length;
        }

        return Math.Min(_starts[position.Line] + Math.Max(position.Character, 0), EndOf(position.Line));
    }

    // Where a line's text ends, in front of its line break.
    private int EndOf(int line)
    {
        if (line + 1 == _starts.Length)
        {
            return _text.Length;
        }

        int end = _starts[line + 1] - 1;
        return IsInsideCrLf(end) ? end - 1 : end;
    }
}
