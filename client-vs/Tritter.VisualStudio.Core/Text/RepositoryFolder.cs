namespace Tritter.VisualStudio.Text;

/// <summary>The folder that a server should know as a whole.</summary>
public static class RepositoryFolder
{
    /// <summary>The nearest folder above a file that is a repository, else the outermost one with a solution, else the file's own; null when that does not exist.</summary>
    public static string? Of(string path)
    {
        string? solution = null;
        for (DirectoryInfo? folder = Directory.GetParent(path); folder is { Exists: true }; folder = folder.Parent)
        {
            string git = Path.Combine(folder.FullName, ".git");
            if (Directory.Exists(git) || File.Exists(git))
            {
                return folder.FullName;
            }

            solution = folder.EnumerateFiles("*.sln*").Any() ? folder.FullName : solution;
        }

        return solution ?? (Directory.GetParent(path) is { Exists: true } own ? own.FullName : null);
    }
}
