namespace Tritter.Bench;

/// <summary>Source files to complete in.</summary>
internal static class SourceFiles
{
    private const int MinCharacters = 400;
    private const int MaxCharacters = 60_000;

    /// <summary>Paths of the files named and of those in the folders named, neither trifles nor monsters, in a fixed order.</summary>
    public static string[] Find(IEnumerable<string> sources) =>
        [.. sources.SelectMany(Files).Where(f => new FileInfo(f).Length is >= MinCharacters and <= MaxCharacters).Order(StringComparer.Ordinal)];

    /// <summary>A file's text with lines that end in \n.</summary>
    public static string Read(string path) => File.ReadAllText(path).Replace("\r\n", "\n", StringComparison.Ordinal);

    public static string Language(string path) => Path.GetExtension(path) switch { ".cs" => "csharp", ".py" => "python", _ => "rust" };

    private static IEnumerable<string> Files(string source) => File.Exists(source)
        ? [source]
        : Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories)
            .Where(f => Path.GetExtension(f) is ".cs" or ".py" or ".rs")
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("/bin/", StringComparison.Ordinal));
}
