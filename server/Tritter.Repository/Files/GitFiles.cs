using System.ComponentModel;
using System.Diagnostics;

namespace Tritter.Repository.Files;

/// <summary>Asks git which files it tracks or would track.</summary>
internal static class GitFiles
{
    /// <param name="root">Full path of the repository or of a folder in it.</param>
    /// <param name="only">Paths relative to the root to ask about; empty for all files.</param>
    /// <returns>Paths relative to the root with '/' separators; null where there is no git, or no repository.</returns>
    /// <exception cref="OperationCanceledException"/>
    public static IReadOnlyList<string>? List(string root, IReadOnlyList<string> only, CancellationToken cancellationToken)
    {
        try
        {
            // Paths are taken as they are spelled: a file may be called [a].cs.
            var start = new ProcessStartInfo("git", ["--literal-pathspecs", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", .. only])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
                StandardOutputEncoding = System.Text.Encoding.UTF8,
            };
            using Process git = Process.Start(start)!;
            using CancellationTokenRegistration kill = cancellationToken.Register(git.Kill);
            git.ErrorDataReceived += (_, _) => { };
            git.BeginErrorReadLine();
            string output = git.StandardOutput.ReadToEnd();
            git.WaitForExit();
            cancellationToken.ThrowIfCancellationRequested();
            return git.ExitCode == 0 ? output.Split('\0', StringSplitOptions.RemoveEmptyEntries) : null;
        }
        catch (Win32Exception)
        {
            // There is no git.
            return null;
        }
    }
}
