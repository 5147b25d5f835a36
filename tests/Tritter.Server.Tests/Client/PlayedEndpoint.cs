using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Tritter.Server.Tests.Client;

/// <summary>An OpenAI-compatible server that a test plays: bare HTTP over a socket, one answer for every request.</summary>
internal sealed class PlayedEndpoint : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<string> _requests = [];
    private readonly TaskCompletionSource _closedByClient = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="answer">What follows the request, from the status line on.</param>
    /// <param name="keepsOpen">Whether it then says no more and waits for the client to go.</param>
    public PlayedEndpoint(string answer, bool keepsOpen = false)
    {
        _listener.Start();
        _ = ServeAsync(answer, keepsOpen);
    }

    public string Address => $"http://{Host}/v1";

    public string Host => $"127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>Heads and bodies, as they came.</summary>
    public string[] Requests
    {
        get
        {
            lock (_requests)
            {
                return [.. _requests];
            }
        }
    }

    public Task Asked => _asked.Task.WaitAsync(LspTestClient.Patience);

    /// <summary>Ends when a client hangs up before its answer was over.</summary>
    public Task ClosedByClient => _closedByClient.Task.WaitAsync(LspTestClient.Patience);

    /// <summary>An answer that comes in these pieces of text.</summary>
    public static string Stream(params string[] pieces)
    {
        IEnumerable<string> events = pieces.Select(piece =>
            $$"""data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"big","choices":[{"index":0,"delta":{"role":"assistant","content":"{{JsonEncodedText.Encode(piece)}}"},"finish_reason":null}]}""" + "\n\n");
        return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n" + string.Concat(events);
    }

    public static string Done(params string[] pieces) => Stream(pieces) + "data: [DONE]\n\n";

    public static string Status(string status, string body, string head = "") =>
        $"HTTP/1.1 {status}\r\n{head}Content-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n\r\n{body}";

    public void Dispose() => _listener.Dispose();

    private async Task ServeAsync(string answer, bool keepsOpen)
    {
        while (true)
        {
            TcpClient client;
            try
            {
                client = await _listener.AcceptTcpClientAsync();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }

            using (client)
            {
                NetworkStream stream = client.GetStream();
                string request = await ReadAsync(stream);
                lock (_requests)
                {
                    _requests.Add(request);
                }

                _asked.TrySetResult();
                await stream.WriteAsync(Encoding.UTF8.GetBytes(answer));
                if (keepsOpen)
                {
                    try
                    {
                        _ = await stream.ReadAsync(new byte[1]);
                    }
                    catch (IOException)
                    {
                        // Hung up without a good-bye.
                    }

                    _closedByClient.TrySetResult();
                }
            }
        }
    }

    private static async Task<string> ReadAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one) == 1)
        {
            head.Append((char)one[0]);
        }

        string length = head.ToString().Split("\r\n").FirstOrDefault(l => l.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))?.Split(':')[1] ?? "0";
        var body = new byte[int.Parse(length, System.Globalization.CultureInfo.InvariantCulture)];
        await stream.ReadExactlyAsync(body);
        return head + Encoding.UTF8.GetString(body);
    }
}
