using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Tritter.Server.Evaluations;

/// <summary>How a program ended.</summary>
internal enum ProgramEnd
{
    Passed,
    Failed,
    TimedOut,
}

/// <summary>
/// Runs Python that a model wrote: in a process and an empty folder of its own, without the environment's variables, with limits on time and
/// memory, and without a network where the system allows ordinary users to have that. It is no prison: files that the user may write can be written.
/// </summary>
internal sealed class PythonSandbox
{
    private const int MemoryKilobytes = 1024 * 1024;

    private readonly string _python;
    private readonly bool _hasLimits;
    private readonly bool _hasNoNetwork;
    private readonly TimeSpan _limit;

    private PythonSandbox(string python, bool hasLimits, bool hasNoNetwork, TimeSpan limit) =>
        (_python, _hasLimits, _hasNoNetwork, _limit) = (python, hasLimits, hasNoNetwork, limit);

    /// <summary>What holds programs in, for the report.</summary>
    public string Description =>
        $"time limit {_limit.TotalSeconds:0} s, {(_hasLimits ? $"memory limit {MemoryKilobytes / 1024} MB" : "no memory limit")}, {(_hasNoNetwork ? "no network" : "network not cut off")}";

    /// <returns>Null where no Python is installed.</returns>
    public static PythonSandbox? Find(TimeSpan limit)
    {
        string? python = ((string[])["python3", "python"]).FirstOrDefault(name => Succeeds(name, "-c", "import sys; sys.exit(sys.version_info[0] != 3)"));
        return python is null ? null : new PythonSandbox(
            python,
            hasLimits: !OperatingSystem.IsWindows() && Succeeds("/bin/sh", "-c", $"ulimit -v {MemoryKilobytes.ToString(CultureInfo.InvariantCulture)}"),
            hasNoNetwork: OperatingSystem.IsLinux() && Succeeds("unshare", "--map-root-user", "--net", "true"),
            limit);
    }

    /// <exception cref="OperationCanceledException">The token was cancelled; the program is stopped.</exception>
    public async Task<ProgramEnd> RunAsync(string program, CancellationToken cancellationToken)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("tritter-eval-");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "program.py"), program, cancellationToken);
            using Process process = Process.Start(StartInfo(folder.FullName))!;
            process.StandardInput.Close();
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(_limit);
            Task output = Task.WhenAll(process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, limit.Token), process.StandardError.BaseStream.CopyToAsync(Stream.Null, limit.Token));
            try
            {
                await process.WaitForExitAsync(limit.Token);
                await output;
                return process.ExitCode == 0 ? ProgramEnd.Passed : ProgramEnd.Failed;
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                cancellationToken.ThrowIfCancellationRequested();
                return ProgramEnd.TimedOut;
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private ProcessStartInfo StartInfo(string folder)
    {
        string[] command = [_python, "-I", "program.py"];
        if (_hasNoNetwork)
        {
            command = ["unshare", "--map-root-user", "--net", .. command];
        }

        if (_hasLimits)
        {
            command = ["/bin/sh", "-c", $"ulimit -c 0; ulimit -v {MemoryKilobytes.ToString(CultureInfo.InvariantCulture)}; exec \"$@\"", "sh", .. command];
        }

        var info = new ProcessStartInfo(command[0], command[1..]) { WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        string? path = Environment.GetEnvironmentVariable("PATH");
        if (!OperatingSystem.IsWindows())
        {
            info.Environment.Clear();
            info.Environment["PATH"] = path;
            info.Environment["HOME"] = folder;
        }

        return info;
    }

    private static bool Succeeds(string command, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
