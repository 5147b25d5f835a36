using System.Text.Json;
using StreamJsonRpc;

namespace Tritter.Server.Lsp;

/// <summary>
/// What the server says to its client on its own account. A notification to a client that has gone is dropped: there is nobody left to tell.
/// Log lines also go to <paramref name="log"/> (standard error), and only there until the client is ready for them.
/// </summary>
internal sealed class Client(LspConnection connection, LspLog log)
{
    public void Log(MessageType type, string message)
    {
        log.Write(type, message);
        Notify(connection.NotifyAsync("window/logMessage", new LogMessageParams(type, message), LspJsonContext.Default.LogMessageParams));
    }

    /// <summary>Shows the user a line, in a notification.</summary>
    public void Show(MessageType type, string message) =>
        Notify(connection.NotifyAsync("window/showMessage", new LogMessageParams(type, message), LspJsonContext.Default.LogMessageParams));

    public void Status(StatusParams status) =>
        Notify(connection.NotifyAsync(StatusParams.Method, status, LspJsonContext.Default.StatusParams));

    public void Progress(string token, WorkDoneProgress value) =>
        Notify(connection.NotifyAsync("$/progress", new ProgressParams(token, value), LspJsonContext.Default.ProgressParams));

    /// <param name="token">From the client's request.</param>
    public void Progress(JsonElement token, WorkDoneProgress value) =>
        Notify(connection.NotifyAsync("$/progress", new ClientProgressParams(token, value), LspJsonContext.Default.ClientProgressParams));

    /// <summary>A piece of an answer that is on its way.</summary>
    /// <param name="token">From the client's request.</param>
    public void PartialAnswer(JsonElement token, string markdown) =>
        Notify(connection.NotifyAsync("$/progress", new PartialAnswerParams(token, new PartialAnswer(markdown)), LspJsonContext.Default.PartialAnswerParams));

    /// <summary>Asks the client to show progress under <paramref name="token"/>.</summary>
    /// <returns>Whether it will.</returns>
    public async Task<bool> CreateProgressAsync(string token) =>
        await AskAsync(connection.RequestAsync("window/workDoneProgress/create", new WorkDoneProgressCreateParams(token), LspJsonContext.Default.WorkDoneProgressCreateParams)) is not null;

    /// <summary>The client's settings under <paramref name="section"/>; null when it does not tell.</summary>
    public async Task<JsonElement?> ConfigurationAsync(string section)
    {
        JsonElement? answer = await AskAsync(connection.RequestAsync("workspace/configuration", new ConfigurationParams([new ConfigurationItem(section)]), LspJsonContext.Default.ConfigurationParams));
        return answer is { ValueKind: JsonValueKind.Array } list && list.GetArrayLength() == 1 ? list[0] : null;
    }

    /// <summary>Asks for workspace/didChangeConfiguration whenever a setting under <paramref name="section"/> changes.</summary>
    public async Task WatchConfigurationAsync(string section)
    {
        var registration = new Registration(section, "workspace/didChangeConfiguration", new RegistrationOptions(section));
        await AskAsync(connection.RequestAsync("client/registerCapability", new RegistrationParams([registration]), LspJsonContext.Default.RegistrationParams));
    }

    /// <summary>Asks for workspace/didChangeWatchedFiles of every file in the workspace.</summary>
    public async Task WatchFilesAsync()
    {
        var registration = new Registration("files", "workspace/didChangeWatchedFiles", new RegistrationOptions(Watchers: [new FileSystemWatcher("**/*")]));
        await AskAsync(connection.RequestAsync("client/registerCapability", new RegistrationParams([registration]), LspJsonContext.Default.RegistrationParams));
    }

    private async Task<JsonElement?> AskAsync(Task<JsonElement> request)
    {
        try
        {
            return await request;
        }
        catch (Exception e) when (e is ConnectionLostException or OperationCanceledException or ObjectDisposedException)
        {
            return null;
        }
        catch (RemoteRpcException e)
        {
            log.Write(MessageType.Warning, $"the client refused a request: {e.Message}");
            return null;
        }
    }

    // Void, so that what is not expected here is not lost: it ends the process.
    private static async void Notify(Task sending)
    {
        try
        {
            await sending;
        }
        catch (Exception e) when (e is ConnectionLostException or OperationCanceledException or ObjectDisposedException or IOException)
        {
            // As the summary says.
        }
    }
}
