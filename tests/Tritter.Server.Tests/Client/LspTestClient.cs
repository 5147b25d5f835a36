using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tritter.Server.Tests.Client;

/// <summary>
/// A language client that speaks bare LSP over two streams and shares no code with the server. It answers the server's requests from
/// <see cref="Answers"/>, and keeps every notification so that a test can wait for one, past or future.
/// </summary>
internal sealed class LspTestClient
{
    /// <summary>Far longer than anything takes; only a hang reaches it.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly Stream _toServer;
    private readonly Stream _fromServer;
    private readonly Lock _writing = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<JsonObject>> _answers = new();
    private readonly List<JsonObject> _notifications = [];
    private readonly List<(Func<JsonObject, bool> Wanted, TaskCompletionSource<JsonObject> Found)> _waiting = [];
    private int _lastId;

    public LspTestClient(Stream toServer, Stream fromServer)
    {
        (_toServer, _fromServer) = (toServer, fromServer);
        Closed = Task.Run(ReadAllAsync);
    }

    /// <summary>Results for requests of the server, by method; the result is null for any other.</summary>
    public ConcurrentDictionary<string, JsonNode> Answers { get; } = new();

    /// <summary>Methods of the requests that the server sent so far.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>Ends when the server closes its output; fails if what it wrote there was not LSP.</summary>
    public Task Closed { get; }

    /// <summary>Sends a request and waits for its answer, an object with <c>result</c> or <c>error</c>.</summary>
    public Task<JsonObject> AskAsync(string method, object? parameters) => Answer(Send(method, parameters));

    /// <summary>Sends a request and does not wait.</summary>
    /// <returns>Its id.</returns>
    public int Send(string method, object? parameters)
    {
        int id = Interlocked.Increment(ref _lastId);
        _answers[Key(id)] = new TaskCompletionSource<JsonObject>(TaskCreationOptions.RunContinuationsAsynchronously);
        SendMessage(new JsonObject { ["jsonrpc"] = "2.0", ["id"] = id, ["method"] = method, ["params"] = Node(parameters) });
        return id;
    }

    /// <summary>The answer to the request of that id.</summary>
    public Task<JsonObject> Answer(int id) => _answers[Key(id)].Task.WaitAsync(Patience);

    /// <summary>The answer to a message sent as content; its id is null when the server could not read it.</summary>
    public Task<JsonObject> AnswerAsync(string? id) =>
        _answers.GetOrAdd(Key(id), _ => new(TaskCreationOptions.RunContinuationsAsynchronously)).Task.WaitAsync(Patience);

    public void Notify(string method, object? parameters) =>
        SendMessage(new JsonObject { ["jsonrpc"] = "2.0", ["method"] = method, ["params"] = Node(parameters) });

    /// <summary>Sends one well-framed message of any content.</summary>
    public void SendContent(string content) => SendRaw($"Content-Length: {Encoding.UTF8.GetByteCount(content)}\r\n\r\n{content}");

    public void SendRaw(string bytes)
    {
        lock (_writing)
        {
            _toServer.Write(Encoding.UTF8.GetBytes(bytes));
            _toServer.Flush();
        }
    }

    /// <summary>Closes the server's input.</summary>
    public void CloseInput() => _toServer.Close();

    /// <summary>The first notification of <paramref name="method"/>, past or future, whose parameters are wanted.</summary>
    public Task<JsonObject> NotificationAsync(string method, Func<JsonNode, bool>? wanted = null)
    {
        bool Matches(JsonObject message) => (string?)message["method"] == method && (wanted is null || wanted(message["params"]!));
        lock (_notifications)
        {
            if (_notifications.FirstOrDefault(Matches) is { } past)
            {
                return Task.FromResult(past);
            }

            var found = new TaskCompletionSource<JsonObject>(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((Matches, found));
            return found.Task.WaitAsync(Patience);
        }
    }

    /// <summary>Notifications of <paramref name="method"/> so far, in order.</summary>
    public JsonNode[] Notifications(string method)
    {
        lock (_notifications)
        {
            return [.. _notifications.Where(n => (string?)n["method"] == method).Select(n => n["params"]!)];
        }
    }

    private static string Key(JsonNode? id) => id?.ToJsonString() ?? "null";

    private static JsonNode? Node(object? value) => value as JsonNode ?? JsonSerializer.SerializeToNode(value);

    private void SendMessage(JsonObject message) => SendContent(message.ToJsonString());

    private async Task ReadAllAsync()
    {
        while (await ReadMessageAsync() is { } message)
        {
            Take(message);
        }
    }

    private void Take(JsonObject message)
    {
        if (!message.ContainsKey("method"))
        {
            TaskCompletionSource<JsonObject> answer = _answers.GetOrAdd(Key(message["id"]), _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
            if (!answer.TrySetResult(message) && message["id"] is not null)
            {
                throw new InvalidDataException($"answered twice: {message.ToJsonString()}");
            }
        }
        else if (message["id"] is { } id)
        {
            string method = (string)message["method"]!;
            JsonNode? result = Answers.GetValueOrDefault(method);
            Requests.Enqueue(method);
            SendMessage(new JsonObject { ["jsonrpc"] = "2.0", ["id"] = id.DeepClone(), ["result"] = result?.DeepClone() });
        }
        else
        {
            lock (_notifications)
            {
                _notifications.Add(message);
                foreach ((Func<JsonObject, bool> wanted, TaskCompletionSource<JsonObject> found) in _waiting)
                {
                    if (wanted(message))
                    {
                        found.TrySetResult(message);
                    }
                }
            }
        }
    }

    private async Task<JsonObject?> ReadMessageAsync()
    {
        int length = 0;
        while (await ReadLineAsync() is { } line)
        {
            if (line.Length == 0)
            {
                var content = new byte[length];
                await _fromServer.ReadExactlyAsync(content);
                return JsonNode.Parse(content)!.AsObject();
            }

            string[] header = line.Split(": ");
            if (header[0] != "Content-Length")
            {
                throw new InvalidDataException($"standard output carries only the protocol, but here is '{line}'");
            }

            length = int.Parse(header[1], CultureInfo.InvariantCulture);
        }

        return null;
    }

    private async Task<string?> ReadLineAsync()
    {
        var line = new List<byte>();
        var one = new byte[1];
        while (await _fromServer.ReadAsync(one) == 1)
        {
            line.Add(one[0]);
            if (line is [.., (byte)'\r', (byte)'\n'])
            {
                return Encoding.ASCII.GetString([.. line[..^2]]);
            }
        }

        return line.Count == 0 ? null : throw new EndOfStreamException("the server stopped in the middle of a header");
    }
}
