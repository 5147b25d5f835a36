namespace Tritter.Torch;

/// <summary>Model shapes that come with the program: a config.json each.</summary>
public static class Preset
{
    private static string Folder => System.IO.Path.Combine(AppContext.BaseDirectory, "Presets");

    /// <summary>As they are named on the command line, smallest first.</summary>
    public static IReadOnlyList<string> Names { get; } = ["2M", "100M", "1B", "3B", "7B"];

    /// <exception cref="InvalidDataException">There is no such preset.</exception>
    public static string Path(string name) => Names.FirstOrDefault(n => n.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } found
        ? System.IO.Path.Combine(Folder, found.ToLowerInvariant() + ".json")
        : throw new InvalidDataException($"there is no preset '{name}': it is one of {string.Join(", ", Names)}");

    /// <summary>The tokenizer of the embedded model, in a folder above the program.</summary>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public static string Tokenizer()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string path = System.IO.Path.Combine(folder.FullName, "models", "tritter-100m", "tokenizer.json");
            if (File.Exists(path))
            {
                return path;
            }
        }

        throw new InvalidDataException("models/tritter-100m/tokenizer.json is in no folder above the program: name one by --tokenizer");
    }
}
