using System.ComponentModel;
using System.Diagnostics;

namespace Tritter.Server.Evaluations.Programs;

/// <summary>Asks a program of this machine about itself.</summary>
internal static class InstalledProgram
{
    /// <returns>The first line of its answer; null when it is not installed or has none.</returns>
    public static async Task<string?> AskAsync(string program, CancellationToken cancellationToken, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            Task<string> error = process.StandardError.ReadToEndAsync(cancellationToken);
            string output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
            await error;
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode == 0 && output.Trim() is { Length: > 0 } answer ? answer.Split('\n')[0].TrimEnd() : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
