namespace Tritter.Torch.Corpus;

/// <summary>One text of the corpus.</summary>
/// <param name="Path">Path inside the repository, with slashes.</param>
/// <param name="Language">cs, py, rs, ts or md.</param>
public sealed record SourceFile(string Repository, string Path, string Language, string Text)
{
    private static readonly Dictionary<string, string> _languages = new(StringComparer.OrdinalIgnoreCase)
    {
        [".cs"] = "cs",
        [".py"] = "py",
        [".rs"] = "rs",
        [".ts"] = "ts",
        [".md"] = "md",
        [".rst"] = "md",
    };

    /// <returns>null for files that are not trained on.</returns>
    public static string? LanguageOf(string path) =>
        path.EndsWith(".d.ts", StringComparison.OrdinalIgnoreCase) ? null : _languages.GetValueOrDefault(System.IO.Path.GetExtension(path));

    public bool IsCode => Language != "md";
}
