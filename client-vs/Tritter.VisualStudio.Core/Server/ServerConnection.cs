using System.Collections.Concurrent;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using Newtonsoft.Json.Serialization;
using StreamJsonRpc;
using Tritter.VisualStudio.Protocol;

namespace Tritter.VisualStudio.Server;

/// <summary>The protocol with one running server, from <c>initialize</c> to its end. What is sent arrives in the order of the calls.</summary>
internal sealed class ServerConnection : IDisposable
{
    private readonly JsonRpc _rpc;
    private readonly ServerLink _link;
    private readonly ConcurrentDictionary<string, Action<string>> _parts = new();

    /// <param name="incoming">What the server may call; it is called in the order of arrival, one at a time.</param>
    private ServerConnection(ServerLink link, ServerCalls incoming)
    {
        _link = link;
        var formatter = new JsonMessageFormatter();
        formatter.JsonSerializer.ContractResolver = new CamelCasePropertyNamesContractResolver();
        formatter.JsonSerializer.NullValueHandling = NullValueHandling.Ignore;
        _rpc = new JsonRpc(new HeaderDelimitedMessageHandler(link.ToServer, link.FromServer, formatter));
        _rpc.TraceSource.Switch.Level = System.Diagnostics.SourceLevels.Off;
        incoming.OnProgress = TakeProgress;
        _rpc.AddLocalRpcTarget(incoming, new JsonRpcTargetOptions { AllowNonPublicInvocation = false });
        _rpc.StartListening();
    }

    /// <summary>Ends with the server or with the connection to it; one line says how.</summary>
    public Task<string> Ended => EndAsync();

    public static async Task<ServerConnection> OpenAsync(ServerLink link, ServerCalls incoming, InitializeParams parameters, CancellationToken cancellationToken)
    {
        var connection = new ServerConnection(link, incoming);
        try
        {
            await connection.AskAsync<JToken>("initialize", parameters, cancellationToken).ConfigureAwait(false);
            connection.Notify("initialized", new object());
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Sends a notification. What cannot be sent any more is lost with the server, whose end is reported by <see cref="Ended"/>.</summary>
    public void Notify(string method, object parameters) =>
        _ = _rpc.NotifyWithParameterObjectAsync(method, parameters)
            .ContinueWith(t => _ = t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);

    /// <exception cref="RemoteRpcException">The server answered with an error, or ended.</exception>
    public Task<T> AskAsync<T>(string method, object parameters, CancellationToken cancellationToken) =>
        _rpc.InvokeWithParameterObjectAsync<T>(method, parameters, cancellationToken);

    /// <summary>Asks for an answer that comes in parts.</summary>
    /// <param name="makeParameters">From the token that the parts will carry.</param>
    /// <param name="onPart">Takes each part, text to append, in order.</param>
    public async Task<Answer> AskInPartsAsync(string method, Func<string, object> makeParameters, Action<string> onPart, CancellationToken cancellationToken)
    {
        string token = Guid.NewGuid().ToString("N");
        _parts[token] = onPart;
        try
        {
            return await AskAsync<Answer>(method, makeParameters(token), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _parts.TryRemove(token, out _);
        }
    }

    /// <summary>Asks the server to end, and ends it when it does not within the time given.</summary>
    public async Task StopAsync(TimeSpan patience)
    {
        Task graceful = ShutDownAsync();
        await Task.WhenAny(graceful, Task.Delay(patience)).ConfigureAwait(false);
        Dispose();
    }

    public void Dispose()
    {
        _rpc.Dispose();
        _link.Dispose();
    }

    private async Task ShutDownAsync()
    {
        try
        {
            await _rpc.InvokeAsync("shutdown").ConfigureAwait(false);
            await _rpc.NotifyAsync("exit").ConfigureAwait(false);
            await _link.Ended.ConfigureAwait(false);
        }
        catch (Exception e) when (e is RemoteRpcException or ObjectDisposedException or OperationCanceledException or IOException)
        {
            // It ends or has ended in another way.
        }
    }

    private async Task<string> EndAsync()
    {
        Task<string> closed = ClosedAsync();
        Task<string> first = await Task.WhenAny(_link.Ended, closed).ConfigureAwait(false);
        // A process closes its streams a moment before it has ended, and its exit code says more.
        if (first == closed)
        {
            await Task.WhenAny(_link.Ended, Task.Delay(TimeSpan.FromSeconds(1))).ConfigureAwait(false);
            first = _link.Ended.IsCompleted ? _link.Ended : closed;
        }

        return await first.ConfigureAwait(false);
    }

    private async Task<string> ClosedAsync()
    {
        try
        {
            await _rpc.Completion.ConfigureAwait(false);
            return "the server closed the connection";
        }
        catch (Exception e)
        {
            // Whatever ends the connection ends it for good; the line goes to the log and the server is started again.
            return $"the connection to the server broke: {e.Message}";
        }
    }

    private void TakeProgress(ProgressParams progress)
    {
        if (progress.Token.Type == JTokenType.String
            && _parts.TryGetValue((string)progress.Token!, out Action<string>? onPart)
            && (progress.Value as JObject)?["markdown"] is { Type: JTokenType.String } markdown)
        {
            onPart((string)markdown!);
        }
    }
}
