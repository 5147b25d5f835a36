using Tritter.Core.Syntax;

namespace Tritter.Core.Completion;

/// <summary>How far a completion may go from where the cursor stands.</summary>
internal enum Scope
{
    /// <summary>To the end of the line, and on only while brackets that it opened are open.</summary>
    Line,

    /// <summary>The cursor's line is blank: one statement with the block that belongs to it.</summary>
    Statement,

    /// <summary>The cursor stands behind the opening of a block, or behind what wants one: its body.</summary>
    Block,
}

/// <summary>
/// One line or several: several behind an opening brace or colon, behind a signature, and at the start of a block; else one, unless somebody asked
/// for more than that by invoking the completion. Pure; parses only where the text leaves it open.
/// </summary>
internal static class ScopePolicy
{
    /// <param name="prefix">All text before the cursor, lines ending in \n.</param>
    /// <param name="suffix">All text after the cursor.</param>
    /// <param name="invoked">Whether the user asked, rather than went on typing.</param>
    public static Scope Choose(string languageId, string prefix, string suffix, bool invoked)
    {
        CodeScanner before = CodeScanner.For(languageId);
        before.Read(prefix);
        int lineEnd = suffix.IndexOf('\n');
        ReadOnlySpan<char> rest = (lineEnd < 0 ? suffix : suffix[..lineEnd]).AsSpan().Trim();
        if (!before.InCode || rest.TrimStart(")]};,").Length > 0)
        {
            return Scope.Line;
        }

        int lineStart = prefix.LastIndexOf('\n') + 1;
        if (prefix.AsSpan(lineStart).IsWhiteSpace())
        {
            return rest.Length > 0 ? Scope.Line : invoked || StartsBlock(languageId, prefix[..lineStart], suffix) ? Scope.Statement : Scope.Line;
        }

        string head = prefix.TrimEnd();
        return OpensBlock(languageId, head, lineStart, suffix) || (rest.Length == 0 && BlockOpening.IsAwaited(languageId, head, prefix[lineStart..], suffix)) ? Scope.Block : Scope.Line;
    }

    /// <summary>Whether nothing but blank lines stands between the opening of a block and the cursor; the file's beginning counts as one.</summary>
    private static bool StartsBlock(string languageId, string before, string suffix)
    {
        string head = before.TrimEnd();
        if (head.Length == 0)
        {
            return true;
        }

        int lineStart = head.LastIndexOf('\n') + 1;
        return OpensBlock(languageId, head, lineStart, suffix) || BlockOpening.IsAwaited(languageId, head, head[lineStart..], suffix);
    }

    private static bool OpensBlock(string languageId, string head, int lineStart, string suffix) => head[^1] switch
    {
        '{' => true,
        ':' => languageId == "python" && BlockOpening.IsHeader(head, lineStart, suffix),
        _ => false,
    };
}
