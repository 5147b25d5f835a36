namespace Tritter.Repository.Files;

/// <summary>The folder that a file belongs to as a whole.</summary>
public static class RepositoryRoot
{
    /// <summary>The nearest folder above with <c>.git</c>; else the nearest with a solution; else the nearest with a project or package file; else its own.</summary>
    /// <param name="path">Full path of a file or folder.</param>
    public static string Of(string path)
    {
        string own = Directory.Exists(path) ? path : Path.GetDirectoryName(path)!;
        string? solution = null;
        string? project = null;
        for (string? folder = own; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (Path.Exists(Path.Combine(folder, ".git")))
            {
                return folder;
            }

            string[] files = Directory.Exists(folder) ? Directory.GetFiles(folder) : [];
            solution ??= files.Any(f => Path.GetExtension(f) is ".sln" or ".slnx") ? folder : null;
            project ??= files.Any(IsProject) ? folder : null;
        }

        return solution ?? project ?? own;
    }

    private static bool IsProject(string file) =>
        Path.GetExtension(file) == ".csproj" || Path.GetFileName(file) is "pyproject.toml" or "setup.py" or "Cargo.toml" or "package.json" or "go.mod";
}
