using System.Diagnostics;

namespace Tritter.Server.Tests.CommandLine;

/// <summary>One finished run of the built <c>tritter</c> as a process.</summary>
internal sealed record TritterRun(int ExitCode, string Out, string Error)
{
    /// <summary>Far longer than anything takes, also without vectors on a machine with other work: only a hang reaches it.</summary>
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(10);

    /// <summary>The executable that the build put beside the tests.</summary>
    public static string Executable { get; } = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "tritter.exe" : "tritter");

    /// <param name="folder">Working directory; the tests' own when null.</param>
    /// <param name="environment">Variables to set; the inherited ones that change what tritter does are always cleared first.</param>
    public static async Task<TritterRun> StartAsync(IEnumerable<string> arguments, string? folder = null, params (string Name, string Value)[] environment)
    {
        using Process process = Start(arguments, folder, environment);
        process.StandardInput.Close();
        using var late = new CancellationTokenSource(_limit);
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(late.Token);
            Task<string> error = process.StandardError.ReadToEndAsync(late.Token);
            await process.WaitForExitAsync(late.Token);
            return new TritterRun(process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    /// <summary>Starts the process and hands it over while it runs.</summary>
    public static Process Start(IEnumerable<string> arguments, string? folder, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(Executable, arguments)
        {
            WorkingDirectory = folder ?? AppContext.BaseDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Remove("TRITTER_MODEL");
        // Names that this machine's user gave must not matter here.
        start.Environment["TRITTER_CONFIG"] = Path.Combine(AppContext.BaseDirectory, "no-configuration");
        start.Environment.Remove("NO_COLOR");
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start) ?? throw new InvalidOperationException($"{Executable} did not start");
    }

    /// <summary>The run failed with this code, said so in one line on standard error, and wrote nothing else.</summary>
    public void AssertFailed(int exitCode, string line)
    {
        Assert.Equal($"tritter: {line}", Error.TrimEnd());
        Assert.Equal(exitCode, ExitCode);
        Assert.Empty(Out);
    }
}
