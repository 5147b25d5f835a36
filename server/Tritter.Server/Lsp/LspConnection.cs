using System.Collections.Concurrent;
using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using StreamJsonRpc;
using StreamJsonRpc.Protocol;
using Tritter.Core.Documents;
using Tritter.Server.Completions;

namespace Tritter.Server.Lsp;

/// <summary>
/// One client. Handlers start one at a time in the order of arrival, each running up to its first await before the next one starts;
/// this is the default of <see cref="JsonRpc"/> and everything in State/ relies on it.
/// What a handler throws ends here: it is logged, and becomes an error code if the client awaits an answer.
/// </summary>
internal sealed class LspConnection : JsonRpc
{
    private readonly Action<string> _log;
    private readonly ConcurrentDictionary<RequestId, TaskCompletionSource> _unanswered = new();

    public LspConnection(LspMessageHandler messages, Action<string> log)
        : base(messages)
    {
        _log = log;
        CancelLocallyInvokedMethodsWhenConnectionIsClosed = true;
        TraceSource.Switch.Level = SourceLevels.Off;
    }

    public void OnNotification<TParams>(string method, Action<TParams> handler) => Register(method, handler);

    public void OnNotification<TParams>(string method, Func<TParams, Task> handler) => Register(method, handler);

    /// <summary>A notification whose parameters mean nothing: they may be missing, null, empty or anything.</summary>
    public void OnNotification(string method, Func<Task> handler)
    {
        Register(method, handler);
        Register(method, (JsonElement _) => handler());
    }

    public void OnRequest<TParams, TResult>(string method, Func<TParams, TResult> handler) => Register(method, handler);

    public void OnRequest<TParams, TResult>(string method, Func<TParams, CancellationToken, Task<TResult>> handler) => Register(method, handler);

    /// <summary>A request whose parameters mean nothing: they may be missing, null, empty or anything.</summary>
    public void OnRequest<TResult>(string method, Func<TResult> handler)
    {
        Register(method, handler);
        Register(method, (JsonElement _) => handler());
    }

    /// <summary>Sends a notification. Notifications arrive in the order of these calls.</summary>
    public async Task NotifyAsync<TParams>(string method, TParams parameters, JsonTypeInfo<TParams> type)
    {
        (Dictionary<string, object?> values, Dictionary<string, Type> types) = ByName(parameters, type);
        await NotifyWithParameterObjectAsync(method, values, types);
    }

    /// <summary>Sends a request to the client.</summary>
    /// <exception cref="RemoteInvocationException">The client answered with an error.</exception>
    /// <exception cref="ConnectionLostException">The connection ended first.</exception>
    public async Task<JsonElement> RequestAsync<TParams>(string method, TParams parameters, JsonTypeInfo<TParams> type)
    {
        (Dictionary<string, object?> values, Dictionary<string, Type> types) = ByName(parameters, type);
        return await InvokeWithParameterObjectAsync<JsonElement>(method, values, types, CancellationToken.None);
    }

    /// <summary>Ends when the answers to all requests that have begun so far are on their way.</summary>
    public Task AnsweredAsync() => Task.WhenAll(_unanswered.Values.Select(answered => answered.Task));

    protected override ValueTask<JsonRpcMessage> DispatchRequestAsync(JsonRpcRequest request, TargetMethod targetMethod, CancellationToken cancellationToken)
    {
        if (request.IsResponseExpected)
        {
            _unanswered.TryAdd(request.RequestId, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        return base.DispatchRequestAsync(request, targetMethod, cancellationToken);
    }

    protected override void OnResponseSent(JsonRpcMessage response)
    {
        base.OnResponseSent(response);
        if (response is IJsonRpcMessageWithId answer && _unanswered.TryRemove(answer.RequestId, out TaskCompletionSource? answered))
        {
            answered.SetResult();
        }
    }

    protected override JsonRpcError.ErrorDetail CreateErrorDetails(JsonRpcRequest request, Exception exception)
    {
        JsonRpcErrorCode code = exception switch
        {
            ContentModifiedException => LspErrorCodes.ContentModified,
            OperationCanceledException => JsonRpcErrorCode.RequestCanceled,
            JsonException or LineOutOfRangeException => JsonRpcErrorCode.InvalidParams,
            _ => JsonRpcErrorCode.InternalError,
        };
        if (code is JsonRpcErrorCode.InvalidParams or JsonRpcErrorCode.InternalError)
        {
            _log($"{request.Method} failed: {(code == JsonRpcErrorCode.InternalError ? exception : exception.Message)}");
        }

        return new JsonRpcError.ErrorDetail { Code = code, Message = exception.Message };
    }

    private void Register(string method, Delegate handler) =>
        AddLocalRpcMethod(handler.GetMethodInfo(), handler.Target, new JsonRpcMethodAttribute(method) { UseSingleObjectParameterDeserialization = true });

    // The library reads named arguments from a dictionary without reflection; the values are JSON already.
    private static (Dictionary<string, object?> Values, Dictionary<string, Type> Types) ByName<T>(T parameters, JsonTypeInfo<T> type)
    {
        JsonProperty[] properties = [.. JsonSerializer.SerializeToElement(parameters, type).EnumerateObject()];
        return (properties.ToDictionary(p => p.Name, p => (object?)p.Value), properties.ToDictionary(p => p.Name, _ => typeof(JsonElement)));
    }
}
