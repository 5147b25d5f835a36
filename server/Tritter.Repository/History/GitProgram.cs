using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Tritter.Repository.History;

/// <summary>Runs the git program, which may not be there.</summary>
internal static class GitProgram
{
    /// <param name="input">Given to it as standard input; null for none.</param>
    /// <returns>What it wrote; null when there is no git, it failed, or it took longer than the limit.</returns>
    public static string? Run(string folder, IEnumerable<string> arguments, string? input, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stop.CancelAfter(limit);
        try
        {
            // Without optional locks: reading must not disturb what the user does meanwhile.
            var start = new ProcessStartInfo("git", ["--no-optional-locks", "-C", folder, .. arguments])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                StandardInputEncoding = new UTF8Encoding(false),
                StandardOutputEncoding = Encoding.UTF8,
                UseShellExecute = false,
            };
            using Process git = Process.Start(start)!;
            using CancellationTokenRegistration kill = stop.Token.Register(() => Kill(git));
            git.ErrorDataReceived += (_, _) => { };
            git.BeginErrorReadLine();
            Feed(git, input);
            string output = git.StandardOutput.ReadToEnd();
            git.WaitForExit();
            cancellationToken.ThrowIfCancellationRequested();
            return git.ExitCode == 0 ? output : null;
        }
        catch (Win32Exception)
        {
            // There is no git.
            return null;
        }
    }

    private static void Feed(Process git, string? input)
    {
        try
        {
            git.StandardInput.Write(input ?? "");
            git.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading, and its exit code tells why.
        }
    }

    private static void Kill(Process git)
    {
        try
        {
            git.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended meanwhile.
        }
    }
}
