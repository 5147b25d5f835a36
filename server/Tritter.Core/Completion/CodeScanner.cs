namespace Tritter.Core.Completion;

/// <summary>
/// Follows brackets, strings and comments through source text, well enough to tell code from literals in the languages that we
/// complete. Not a parser: it never fails and needs no complete text.
/// </summary>
internal struct CodeScanner(bool hashComments, bool apostropheStrings)
{
    private enum Context
    {
        Code,
        LineComment,
        BlockComment,
        String,
        TripleString,
    }

    private Context _context;
    private char _quote;

    /// <summary>Brackets opened minus brackets closed since the start.</summary>
    public int Depth { get; private set; }

    /// <summary>Lowest <see cref="Depth"/> so far: minus the brackets closed that were opened before the start.</summary>
    public int LowestDepth { get; private set; }

    /// <summary>Whether the next character is code: not inside a string or a comment.</summary>
    public readonly bool InCode => _context == Context.Code;

    /// <summary>Whether the next character is inside a comment.</summary>
    public readonly bool InComment => _context is Context.LineComment or Context.BlockComment;

    /// <summary>Whether the next character is inside a string that may contain line breaks.</summary>
    public readonly bool InMultiLineString => _context == Context.TripleString;

    /// <summary>What ends the string that is open; empty outside of strings.</summary>
    public readonly string OpenQuote => _context switch { Context.String => $"{_quote}", Context.TripleString => new string(_quote, 3), _ => "" };

    /// <summary>Knows the languages whose line comments begin with '#', and those whose strings stand between apostrophes, too.</summary>
    public static CodeScanner For(string languageId)
    {
        bool hashComments = languageId is "python" or "shellscript" or "ruby" or "yaml" or "toml" or "r" or "perl" or "makefile" or "dockerfile";
        return new CodeScanner(hashComments, hashComments || languageId is "javascript" or "javascriptreact" or "typescript" or "typescriptreact");
    }

    /// <summary>Reads all of <paramref name="text"/>.</summary>
    public void Read(ReadOnlySpan<char> text)
    {
        for (int i = 0; i < text.Length;)
        {
            i += Step(text, i);
        }
    }

    /// <summary>Reads what stands at <paramref name="i"/>.</summary>
    /// <returns>Characters read, at least 1.</returns>
    public int Step(ReadOnlySpan<char> text, int i)
    {
        char c = text[i];
        ReadOnlySpan<char> rest = text[i..];
        switch (_context)
        {
            case Context.Code:
                return StepCode(c, rest);
            case Context.LineComment:
                _context = c == '\n' ? Context.Code : _context;
                return 1;
            case Context.BlockComment when rest.StartsWith("*/"):
                _context = Context.Code;
                return 2;
            case Context.TripleString when c == _quote && IsTriple(rest):
                _context = Context.Code;
                return 3;
            case Context.String when c == '\\' && rest.Length > 1 && rest[1] != '\n':
                return 2;
            case Context.String when c == _quote || (c == '\n' && _quote != '`'):
                // A string that its line does not end is a string that is being typed, or an apostrophe.
                _context = Context.Code;
                return 1;
            default:
                return 1;
        }
    }

    private int StepCode(char c, ReadOnlySpan<char> rest)
    {
        switch (c)
        {
            case '(' or '[' or '{':
                Depth++;
                return 1;
            case ')' or ']' or '}':
                Depth--;
                LowestDepth = Math.Min(LowestDepth, Depth);
                return 1;
            case '#' when hashComments:
                _context = Context.LineComment;
                return 1;
            case '/' when !hashComments && rest.StartsWith("//"):
                _context = Context.LineComment;
                return 2;
            case '/' when !hashComments && rest.StartsWith("/*"):
                _context = Context.BlockComment;
                return 2;
            case '"' or '\'' when IsTriple(rest) && (c == '"' || hashComments):
                (_context, _quote) = (Context.TripleString, c);
                return 3;
            case '\'' when !apostropheStrings:
                return CharacterLiteral(rest);
            case '"' or '`' or '\'':
                (_context, _quote) = (Context.String, c);
                return 1;
            default:
                return 1;
        }
    }

    /// <summary>'x', '\n' and '\u0041' are skipped whole; another apostrophe (a Rust lifetime, a JavaScript string) is read as a string only if it ends on its line.</summary>
    private int CharacterLiteral(ReadOnlySpan<char> rest)
    {
        if (rest.Length > 2 && rest[1] != '\\' && rest[2] == '\'')
        {
            return 3;
        }

        ReadOnlySpan<char> line = rest[1..];
        int lineEnd = line.IndexOf('\n');
        line = lineEnd < 0 ? line : line[..lineEnd];
        int close = line.IndexOf('\'');
        bool isLiteral = close >= 0 && (line[0] == '\\' || line[..close].IndexOfAny(" <>&,:") < 0 || line[close..].Length == 1);
        if (isLiteral)
        {
            (_context, _quote) = (Context.String, '\'');
        }

        return 1;
    }

    private static bool IsTriple(ReadOnlySpan<char> rest) => rest.Length >= 3 && rest[1] == rest[0] && rest[2] == rest[0];
}
