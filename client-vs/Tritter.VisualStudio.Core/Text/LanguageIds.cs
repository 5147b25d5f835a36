namespace Tritter.VisualStudio.Text;

/// <summary>The editors' names of languages, by the ends of file names.</summary>
public static class LanguageIds
{
    private static readonly Dictionary<string, string> _byExtension = new(StringComparer.OrdinalIgnoreCase)
    {
        [".cs"] = "csharp",
        [".csx"] = "csharp",
        [".py"] = "python",
        [".pyi"] = "python",
        [".rs"] = "rust",
        [".ts"] = "typescript",
        [".mts"] = "typescript",
        [".cts"] = "typescript",
        [".tsx"] = "typescriptreact",
        [".js"] = "javascript",
        [".mjs"] = "javascript",
        [".cjs"] = "javascript",
        [".jsx"] = "javascriptreact",
        [".md"] = "markdown",
        [".markdown"] = "markdown",
    };

    /// <summary>The language of a path that the server knows; null for any other, which then is not shown to the server.</summary>
    public static string? OfPath(string path) => _byExtension.TryGetValue(Path.GetExtension(path), out string? id) ? id : null;
}
