namespace Tritter.Core.Documents;

/// <summary>Editors' names of languages, by the ends of file names.</summary>
public static class Languages
{
    /// <summary>The language id of a path, such as csharp; plaintext for what is not known.</summary>
    public static string OfPath(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".cs" or ".csx" => "csharp",
        ".py" or ".pyi" => "python",
        ".rs" => "rust",
        ".ts" or ".mts" or ".cts" => "typescript",
        ".tsx" => "typescriptreact",
        ".js" or ".mjs" or ".cjs" => "javascript",
        ".jsx" => "javascriptreact",
        ".md" or ".markdown" => "markdown",
        _ => "plaintext",
    };
}
