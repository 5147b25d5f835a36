using System.Diagnostics;
using System.Text;

namespace Tritter.Server.Tests.Client;

/// <summary>The built server, running as an editor runs it.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task<string> _log;

    private ServerProcess(Process process)
    {
        _process = process;
        _log = process.StandardError.ReadToEndAsync();
        Client = new LspTestClient(process.StandardInput.BaseStream, process.StandardOutput.BaseStream);
    }

    public LspTestClient Client { get; }

    public int Id => _process.Id;

    /// <param name="model">Model folder; null for the embedded one.</param>
    /// <param name="arguments">More arguments of <c>tritter lsp</c>.</param>
    public static ServerProcess Start(string? model = null, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList = { Path.Combine(AppContext.BaseDirectory, "tritter.dll"), "lsp", "--model", model ?? Checkout.EmbeddedModel },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardErrorEncoding = Encoding.UTF8,
        };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return new ServerProcess(Process.Start(start)!);
    }

    /// <summary>Waits until the server ends by itself.</summary>
    /// <returns>Its exit code, and all that it wrote to standard error.</returns>
    public async Task<(int ExitCode, string Log)> EndAsync()
    {
        await Client.Closed.WaitAsync(LspTestClient.Patience);
        await _process.WaitForExitAsync().WaitAsync(LspTestClient.Patience);
        return (_process.ExitCode, await _log);
    }

    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }
}
