using System.Diagnostics;
using System.Text;

namespace Tritter.VisualStudio.Server;

/// <summary>How the server is started as a process of its own, with its standard streams for the protocol and standard error for its log.</summary>
/// <param name="File">An executable, by path or by name.</param>
public sealed record ServerCommand(string File, params string[] Arguments)
{
    /// <summary>The server inside an installed extension: its program and its model lie in these folders below the extension's.</summary>
    /// <exception cref="FileNotFoundException">The installation is damaged.</exception>
    public static ServerCommand Installed(string extensionFolder)
    {
        string program = Path.Combine(extensionFolder, "server", "tritter.exe"), model = Path.Combine(extensionFolder, "model");
        return System.IO.File.Exists(program)
            ? new ServerCommand(program, "lsp", "--model", model)
            : throw new FileNotFoundException($"{program} is missing: install the Tritter extension again", program);
    }

    /// <param name="log">Takes the lines of standard error, from any thread.</param>
    /// <exception cref="System.ComponentModel.Win32Exception">The program cannot be started.</exception>
    public ServerLink Start(Action<string> log)
    {
        var process = new Process
        {
            EnableRaisingEvents = true,
            StartInfo = new ProcessStartInfo(File, string.Join(" ", Arguments.Select(Quote)))
            {
                UseShellExecute = false,
                CreateNoWindow = true,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                StandardErrorEncoding = Encoding.UTF8,
            },
        };
        var ended = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        process.ErrorDataReceived += (_, e) =>
        {
            if (e.Data is { } line)
            {
                log(line);
            }
        };
        process.Exited += (_, _) => ended.TrySetResult($"the server ended with exit code {process.ExitCode}");
        process.Start();
        process.BeginErrorReadLine();
        return new ServerLink(process.StandardInput.BaseStream, process.StandardOutput.BaseStream, ended.Task, () => Kill(process));
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended already.
        }
    }

    /// <summary>An argument as C programs split command lines: backslashes double in front of a quote only.</summary>
    internal static string Quote(string argument)
    {
        if (argument.Length > 0 && argument.All(c => !char.IsWhiteSpace(c) && c != '"'))
        {
            return argument;
        }

        var quoted = new StringBuilder("\"");
        int backslashes = 0;
        foreach (char c in argument)
        {
            if (c == '"')
            {
                quoted.Append('\\', backslashes + 1);
            }

            backslashes = c == '\\' ? backslashes + 1 : 0;
            quoted.Append(c);
        }

        return quoted.Append('\\', backslashes).Append('"').ToString();
    }
}
