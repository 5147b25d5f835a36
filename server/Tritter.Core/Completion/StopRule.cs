namespace Tritter.Core.Completion;

/// <summary>
/// Finds where generated text has run past the sensible end of what was started: brackets balance, the indentation falls back, or the
/// enclosing block closes.
/// </summary>
internal sealed class StopRule
{
    private static readonly string[] _continuations = ["else", "elif", "catch", "except", "finally", "while"];

    private readonly CodeScanner _start;
    private readonly int _baseIndent;
    private readonly int _closable;

    /// <param name="prefix">All text before the cursor, lines ending in \n.</param>
    /// <param name="suffix">All text after the cursor.</param>
    /// <param name="invoked">Whether the user asked for a completion.</param>
    public StopRule(string prefix, string suffix, string languageId, bool invoked = false)
    {
        string line = prefix[(prefix.LastIndexOf('\n') + 1)..];
        _baseIndent = Indent(line);
        CodeScanner before = CodeScanner.For(languageId);
        before.Read(prefix);
        CodeScanner after = CodeScanner.For(languageId);
        after.Read(suffix);
        CodeScanner onLine = CodeScanner.For(languageId);
        onLine.Read(line);
        // Brackets that were opened on this line and that nothing behind the cursor closes may be closed by the completion.
        int unclosed = Math.Max(0, before.Depth + after.LowestDepth);
        _closable = Math.Min(unclosed, Math.Max(0, onLine.Depth - onLine.LowestDepth));
        _start = before;
        Scope = ScopePolicy.Choose(languageId, prefix, suffix, invoked);
    }

    public Scope Scope { get; }

    /// <returns>Characters of <paramref name="text"/> to keep, or -1 when it has not come to its end.</returns>
    public int FindEnd(ReadOnlySpan<char> text)
    {
        CodeScanner scanner = _start;
        int startDepth = scanner.Depth;
        bool sawText = false;
        for (int i = 0; i < text.Length;)
        {
            int depth = scanner.Depth - startDepth;
            if (text[i] == '\n' && !scanner.InMultiLineString && depth <= 0 && EndsAtLineBreak(text, i, depth, sawText) is bool ends)
            {
                if (ends)
                {
                    return i;
                }
            }
            else if (text[i] == '\n' && !scanner.InMultiLineString && depth <= 0)
            {
                return -1;
            }

            bool closes = scanner.InCode && text[i] is ')' or ']' or '}';
            if (closes && depth - 1 < -_closable)
            {
                return text[..i].TrimEnd().Length;
            }

            sawText |= !char.IsWhiteSpace(text[i]);
            i += scanner.Step(text, i);
        }

        return -1;
    }

    /// <summary>Whether the text ends at the line break at <paramref name="i"/>; null when what follows decides and is not there yet.</summary>
    private bool? EndsAtLineBreak(ReadOnlySpan<char> text, int i, int depth, bool sawText)
    {
        if (!sawText)
        {
            // An empty rest of the line: a block's body begins on the next one, anything else has nothing to say here.
            return Scope == Scope.Line;
        }

        if (Scope == Scope.Line || depth < 0)
        {
            // Below the start, what was open on this line has been closed.
            return true;
        }

        ReadOnlySpan<char> next = text[(i + 1)..];
        int indentLength = next.IndexOfAnyExcept(" \t\n");
        if (indentLength < 0)
        {
            return null;
        }

        ReadOnlySpan<char> following = next[indentLength..];
        int indent = Indent(next[(next[..indentLength].LastIndexOf('\n') + 1)..]);
        return Scope switch
        {
            Scope.Block => indent <= _baseIndent && following[0] is not ('}' or ')' or ']'),
            _ => indent < _baseIndent ? true : indent > _baseIndent ? false : !ContinuesStatement(following),
        };
    }

    /// <summary>A line that belongs to the statement above it although it is not indented deeper; null while its first word may go on.</summary>
    private static bool? ContinuesStatement(ReadOnlySpan<char> line)
    {
        if (line[0] is '{' or '}' or ')' or ']' or '.' or '?' or '&' or '|')
        {
            return true;
        }

        int length = line.IndexOfAnyExceptInRange('a', 'z');
        foreach (string word in _continuations)
        {
            if (length < 0 ? word.AsSpan().StartsWith(line) : line[..length].SequenceEqual(word))
            {
                return length < 0 ? null : true;
            }
        }

        return false;
    }

    /// <summary>Columns of white space that a line begins with; a tab counts as four.</summary>
    private static int Indent(ReadOnlySpan<char> line)
    {
        int columns = 0;
        foreach (char c in line)
        {
            if (c is not (' ' or '\t'))
            {
                break;
            }

            columns += c == '\t' ? 4 : 1;
        }

        return columns;
    }
}
