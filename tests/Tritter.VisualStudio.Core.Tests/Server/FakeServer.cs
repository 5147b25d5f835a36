using System.Collections.Concurrent;
using System.Reflection;
using Nerdbank.Streams;
using Newtonsoft.Json.Linq;
using StreamJsonRpc;
using Tritter.VisualStudio.Server;

namespace Tritter.VisualStudio.Tests.Server;

/// <summary>A server in this process that answers as a test says, and keeps what it was told.</summary>
internal sealed class FakeServer
{
    private readonly JsonRpc _rpc;
    private readonly TaskCompletionSource<string> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public FakeServer()
    {
        (Stream client, Stream server) = FullDuplexStream.CreatePair();
        Link = new ServerLink(client, client, _ended.Task, () => _ended.TrySetResult("killed"));
        _rpc = new JsonRpc(new HeaderDelimitedMessageHandler(server, server, new JsonMessageFormatter()));
        foreach (string notification in new[] { "initialized", "textDocument/didOpen", "textDocument/didChange", "textDocument/didClose", "tritter/didShowCompletion", "tritter/didPartiallyAcceptCompletion", "workspace/didChangeConfiguration" })
        {
            On(notification, (_, _) => Task.FromResult<JToken?>(null));
        }

        On("initialize", (_, _) => Task.FromResult<JToken?>(JObject.Parse("""{ "capabilities": {} }""")));
        On("shutdown", (_, _) => Task.FromResult<JToken?>(null));
    }

    public ServerLink Link { get; }

    /// <summary>What the client sent, in order.</summary>
    public BlockingCollection<(string Method, JToken? Parameters)> Received { get; } = [];

    public FakeServer On(string method, Func<JToken?, CancellationToken, Task<JToken?>> answer)
    {
        Task<JToken?> Handle(JToken? parameters, CancellationToken cancellationToken)
        {
            Received.Add((method, parameters), CancellationToken.None);
            return answer(parameters, cancellationToken);
        }

        Func<JToken?, CancellationToken, Task<JToken?>> handler = Handle;
        _rpc.AddLocalRpcMethod(handler.GetMethodInfo(), handler.Target, new JsonRpcMethodAttribute(method) { UseSingleObjectParameterDeserialization = true });
        return this;
    }

    public FakeServer Run()
    {
        _rpc.StartListening();
        return this;
    }

    public Task TellAsync(string method, object parameters) => _rpc.NotifyWithParameterObjectAsync(method, parameters);

    public Task<JToken> AskAsync(string method, object parameters) => _rpc.InvokeWithParameterObjectAsync<JToken>(method, parameters);

    /// <summary>Ends as a crashed process does.</summary>
    public void Crash()
    {
        _rpc.Dispose();
        _ended.TrySetResult("the server ended with exit code 134");
    }

    /// <summary>The parameters of the next message of a method; what comes before it is skipped.</summary>
    public JToken Next(string method)
    {
        while (Received.TryTake(out (string Method, JToken? Parameters) message, (int)Patience.Time.TotalMilliseconds))
        {
            if (message.Method == method)
            {
                return message.Parameters ?? JValue.CreateNull();
            }
        }

        throw new TimeoutException($"{method} did not come");
    }
}

internal static class Patience
{
    /// <summary>Far longer than anything takes; only a hang reaches it.</summary>
    public static readonly TimeSpan Time = TimeSpan.FromSeconds(60);
}
