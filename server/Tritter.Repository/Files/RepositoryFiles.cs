using System.ComponentModel;
using System.Diagnostics;

namespace Tritter.Repository.Files;

/// <summary>The files of a folder that somebody wrote: what git tracks or would track, or else what is not in a folder of build output.</summary>
public static class RepositoryFiles
{
    private static readonly HashSet<string> _skippedFolders =
        new(StringComparer.OrdinalIgnoreCase) { ".git", ".hg", ".svn", ".vs", ".idea", "node_modules", "bin", "obj", "target", "dist", "build", "out", "vendor", "packages", "__pycache__", ".venv", "venv", "TestResults" };

    /// <summary>Full paths in ordinal order. Links are not followed.</summary>
    public static IReadOnlyList<string> List(string root, CancellationToken cancellationToken)
    {
        string full = Path.GetFullPath(root);
        IEnumerable<string> files = FromGit(full, cancellationToken) ?? Walk(full, cancellationToken);
        return [.. files.Where(f => !IsBelowSkipped(full, f) && new FileInfo(f) is { Exists: true, LinkTarget: null }).Order(StringComparer.Ordinal)];
    }

    private static bool IsBelowSkipped(string root, string file) =>
        Path.GetRelativePath(root, file).Split(Path.DirectorySeparatorChar, '/') is var parts && parts.SkipLast(1).Any(_skippedFolders.Contains);

    private static IEnumerable<string>? FromGit(string root, CancellationToken cancellationToken)
    {
        try
        {
            var start = new ProcessStartInfo("git", ["-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
            };
            using Process git = Process.Start(start)!;
            using CancellationTokenRegistration kill = cancellationToken.Register(git.Kill);
            git.ErrorDataReceived += (_, _) => { };
            git.BeginErrorReadLine();
            string output = git.StandardOutput.ReadToEnd();
            git.WaitForExit();
            cancellationToken.ThrowIfCancellationRequested();
            return git.ExitCode == 0 ? output.Split('\0', StringSplitOptions.RemoveEmptyEntries).Select(f => Path.Combine(root, f)).Distinct() : null;
        }
        catch (Win32Exception)
        {
            // There is no git.
            return null;
        }
    }

    private static IEnumerable<string> Walk(string root, CancellationToken cancellationToken)
    {
        var open = new Stack<DirectoryInfo>([new DirectoryInfo(root)]);
        while (open.TryPop(out DirectoryInfo? folder))
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (FileSystemInfo entry in folder.EnumerateFileSystemInfos("*", new EnumerationOptions { IgnoreInaccessible = true }))
            {
                if (entry.LinkTarget is not null)
                {
                    continue;
                }

                if (entry is DirectoryInfo inner)
                {
                    if (!_skippedFolders.Contains(inner.Name))
                    {
                        open.Push(inner);
                    }
                }
                else
                {
                    yield return entry.FullName;
                }
            }
        }
    }
}
