using System.Collections.Immutable;

namespace Tritter.Server.State;

/// <summary>A workspace folder.</summary>
/// <param name="Path">From <see cref="DocumentPath.FromUri"/>, without a '/' at its end.</param>
/// <param name="Name">Shown to the model as the repository's name.</param>
internal sealed record Folder(string Path, string Name)
{
    /// <summary>The path of a file below this folder, relative to it; null for any other.</summary>
    public string? Relative(string path)
    {
        // Windows paths, told by their drive letter, do not distinguish case; \\server\share is left to the exact comparison.
        StringComparison comparison = Path is [_, ':', ..] ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        return path.Length > Path.Length + 1 && path[Path.Length] == '/' && path.StartsWith(Path, comparison) ? path[(Path.Length + 1)..] : null;
    }

    /// <summary>The innermost of <paramref name="folders"/> that holds <paramref name="path"/>; null outside of all.</summary>
    public static Folder? Holding(string path, ImmutableArray<Folder> folders) =>
        folders.Where(folder => folder.Relative(path) is not null).MaxBy(folder => folder.Path.Length);
}
