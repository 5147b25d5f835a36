namespace Tritter.Repository.Files;

/// <summary>
/// The files of a folder that somebody wrote: what git tracks or would track, or else what no <c>.gitignore</c> names and is not in a folder of build
/// output; less what a <c>.tritterignore</c> names and what was copied in from elsewhere.
/// </summary>
public static class RepositoryFiles
{
    /// <summary>Other people's code, even where it is tracked.</summary>
    private static readonly HashSet<string> _vendored =
        new(StringComparer.OrdinalIgnoreCase) { ".git", ".hg", ".svn", "node_modules", "bower_components", "vendor", "third_party", "thirdparty", "site-packages" };

    /// <summary>Output of builds, where there is no git to tell.</summary>
    private static readonly HashSet<string> _built =
        new(StringComparer.OrdinalIgnoreCase) { ".vs", ".idea", "bin", "obj", "target", "dist", "build", "out", "packages", "__pycache__", ".venv", "venv", "TestResults" };

    /// <summary>Full paths in ordinal order. Links are not followed.</summary>
    /// <exception cref="OperationCanceledException"/>
    public static IReadOnlyList<string> List(string root, CancellationToken cancellationToken)
    {
        string full = Path.GetFullPath(root);
        var own = new IgnoreFiles(full, IgnoreFiles.Tritter);
        IEnumerable<string> files = GitFiles.List(full, [], cancellationToken) ?? Walk(full, own, cancellationToken);
        return [.. files.Where(f => IsWanted(full, f, own)).Distinct(StringComparer.Ordinal).Select(f => Path.Combine(full, f)).Order(StringComparer.Ordinal)];
    }

    /// <summary>What of <paramref name="paths"/> and below them <see cref="List"/> would have: for files that were saved or created.</summary>
    /// <param name="paths">Relative to the root, with '/' separators; files, folders or what is gone.</param>
    /// <returns>Relative paths.</returns>
    /// <exception cref="OperationCanceledException"/>
    public static IReadOnlySet<string> Among(string root, IReadOnlyCollection<string> paths, CancellationToken cancellationToken)
    {
        string full = Path.GetFullPath(root);
        var own = new IgnoreFiles(full, IgnoreFiles.Tritter);
        // Before git is asked, which costs a process.
        string[] there = [.. paths.Where(p => !IsBelowVendored(p) && !own.Ignores(p) && Path.Exists(Path.Combine(full, p)))];
        if (there.Length == 0)
        {
            return new HashSet<string>();
        }

        IEnumerable<string> listed = GitFiles.List(full, there, cancellationToken)
            ?? Walk(full, own, cancellationToken).Where(f => there.Any(p => f == p || f.StartsWith(p + "/", StringComparison.Ordinal)));
        return listed.Where(f => IsWanted(full, f, own)).ToHashSet(StringComparer.Ordinal);
    }

    private static bool IsWanted(string root, string path, IgnoreFiles own) => !IsBelowVendored(path) && !own.Ignores(path) && IsFile(root, path);

    private static bool IsBelowVendored(string path) => path.Split('/').SkipLast(1).Any(_vendored.Contains);

    /// <summary>Whether it is a file and no folder on the way to it is a link.</summary>
    private static bool IsFile(string root, string path)
    {
        if (new FileInfo(Path.Combine(root, path)) is not { Exists: true, LinkTarget: null })
        {
            return false;
        }

        for (int slash = path.LastIndexOf('/'); slash > 0; slash = path.LastIndexOf('/', slash - 1))
        {
            if (new DirectoryInfo(Path.Combine(root, path[..slash])).LinkTarget is not null)
            {
                return false;
            }
        }

        return true;
    }

    private static IEnumerable<string> Walk(string root, IgnoreFiles own, CancellationToken cancellationToken)
    {
        var git = new IgnoreFiles(root, ".gitignore");
        var open = new Stack<DirectoryInfo>([new DirectoryInfo(root)]);
        while (open.TryPop(out DirectoryInfo? folder))
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (FileSystemInfo entry in folder.EnumerateFileSystemInfos("*", new EnumerationOptions { IgnoreInaccessible = true, AttributesToSkip = 0 }))
            {
                string path = Path.GetRelativePath(root, entry.FullName).Replace('\\', '/');
                if (entry.LinkTarget is not null)
                {
                    continue;
                }

                if (entry is DirectoryInfo inner)
                {
                    if (!_built.Contains(inner.Name) && !_vendored.Contains(inner.Name) && !git.IgnoresFolder(path) && !own.IgnoresFolder(path))
                    {
                        open.Push(inner);
                    }
                }
                else if (!git.Ignores(path))
                {
                    yield return path;
                }
            }
        }
    }
}
