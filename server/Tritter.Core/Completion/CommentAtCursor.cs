namespace Tritter.Core.Completion;

/// <summary>Whether a cursor stands in a comment.</summary>
public static class CommentAtCursor
{
    /// <summary>Languages with the comments of C; those with '#' are <see cref="CodeScanner.For"/>'s.</summary>
    private static readonly HashSet<string> _languages =
    [
        "csharp", "c", "cpp", "java", "rust", "go", "swift", "kotlin", "scala", "php", "dart",
        "javascript", "javascriptreact", "typescript", "typescriptreact", "python", "ruby", "shellscript", "perl", "r",
    ];

    /// <param name="offset">Of the cursor in <paramref name="text"/>.</param>
    /// <returns>False too for languages whose comments are not known.</returns>
    public static bool Is(string languageId, string text, int offset)
    {
        if (!_languages.Contains(languageId))
        {
            return false;
        }

        CodeScanner scanner = CodeScanner.For(languageId);
        scanner.Read(text.AsSpan(0, offset));
        return scanner.InComment;
    }
}
