namespace Tritter.Repository.Files;

/// <summary>The folder that a file belongs to as a whole.</summary>
public static class RepositoryRoot
{
    /// <summary>The nearest folder above with <c>.git</c>; else the farthest with a solution, project or package file; else its own.</summary>
    /// <param name="path">Full path of a file or folder.</param>
    public static string Of(string path)
    {
        string own = Directory.Exists(path) ? path : Path.GetDirectoryName(path)!;
        string? marked = null;
        for (string? folder = own; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (Path.Exists(Path.Combine(folder, ".git")))
            {
                return folder;
            }

            if (Directory.Exists(folder) && Directory.EnumerateFiles(folder).Any(IsMark))
            {
                marked = folder;
            }
        }

        return marked ?? own;
    }

    private static bool IsMark(string file) =>
        Path.GetExtension(file) is ".sln" or ".slnx" or ".csproj" || Path.GetFileName(file) is "pyproject.toml" or "setup.py" or "Cargo.toml" or "package.json" or "go.mod";
}
