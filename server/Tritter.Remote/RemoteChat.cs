using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json;
using Microsoft.Extensions.AI;
using OpenAI;
using OpenAI.Chat;
using Tritter.Core.Phrasing;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;

namespace Tritter.Remote;

/// <summary>
/// Has a model on another machine phrase answers. The only code of Tritter that opens a network connection: when its user has named an endpoint and
/// asks for an answer, and never else.
/// </summary>
/// <param name="silence">How long to wait for more of the answer.</param>
public sealed class RemoteChat(RemoteEndpoint endpoint, TimeSpan silence) : IPhraser
{
    private const int MostTokensOfAnswer = 800;

    /// <summary>Code has fewer characters in a token than prose.</summary>
    private const int CharactersOfAToken = 3;

    private static readonly TimeSpan _usualSilence = TimeSpan.FromMinutes(2);

    public RemoteChat(RemoteEndpoint endpoint)
        : this(endpoint, _usualSilence)
    {
    }

    public string Model => endpoint.Model;

    public string? Host => endpoint.Host;

    public int MaxCharacters => (endpoint.MaxTokens - MostTokensOfAnswer) * CharactersOfAToken;

    public async Task WriteAsync(string instructions, string material, Func<string, bool> onText, CancellationToken cancellationToken)
    {
        // A redirection would send the code where nobody said that it goes.
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = Timeout.InfiniteTimeSpan };
        using var transport = new HttpClientPipelineTransport(http);
        var options = new OpenAIClientOptions { Endpoint = endpoint.Address, Transport = transport, RetryPolicy = new ClientRetryPolicy(0), NetworkTimeout = Timeout.InfiniteTimeSpan };
        using IChatClient client = new ChatClient(endpoint.Model, new ApiKeyCredential(endpoint.Key ?? "none"), options).AsIChatClient();
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        waiting.CancelAfter(silence);
        try
        {
            ChatMessage[] messages = [new(ChatRole.System, instructions), new(ChatRole.User, material)];
            var wanted = new ChatOptions { MaxOutputTokens = MostTokensOfAnswer, Temperature = 0 };
            await foreach (ChatResponseUpdate update in client.GetStreamingResponseAsync(messages, wanted, waiting.Token))
            {
                waiting.CancelAfter(silence);
                if (update.Text.Length > 0 && !onText(update.Text))
                {
                    break;
                }
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new PhrasingFailure($"{endpoint.Host} was silent for {silence.TotalSeconds:0} s", wasSent: true);
        }
        catch (ClientResultException e)
        {
            throw Refused(e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or JsonException)
        {
            bool neverArrived = NeverArrived(e);
            throw new PhrasingFailure(neverArrived ? $"{endpoint.Address} cannot be reached ({e.Message})" : $"what {endpoint.Host} answered cannot be read ({e.Message})", wasSent: !neverArrived, e);
        }
    }

    /// <summary>The status, and what the server says about it.</summary>
    private PhrasingFailure Refused(ClientResultException e)
    {
        if (e.Status == 0)
        {
            // The transport failed before there was a status: the cause says how.
            return new PhrasingFailure($"{endpoint.Address} cannot be reached ({e.InnerException?.Message ?? e.Message})", wasSent: !NeverArrived(e.InnerException), e);
        }

        string remedy = e.Status switch
        {
            >= 300 and < 400 => ": it points elsewhere, and nothing is sent there; name that address if you trust it",
            401 or 403 => ": it wants another key",
            404 => $": the address ends before /chat/completions, as in http://host:8000/v1, and the model may have another name than '{endpoint.Model}'",
            _ => "",
        };
        return new PhrasingFailure($"{endpoint.Host} refused with status {e.Status}{(remedy.Length > 0 ? remedy : Said(e.GetRawResponse()))}", wasSent: true, e);
    }

    /// <summary>Whether there was no connection over which anything could have been sent.</summary>
    private static bool NeverArrived(Exception? e) =>
        e is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError };

    private static string Said(PipelineResponse? response)
    {
        try
        {
            using JsonDocument? json = response is null ? null : JsonDocument.Parse(response.Content);
            return json is not null && json.RootElement.TryGetProperty("error", out JsonElement error) && error.ValueKind == JsonValueKind.Object
                && error.TryGetProperty("message", out JsonElement message) && message.ValueKind == JsonValueKind.String ? $": {message.GetString()}" : "";
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return "";
        }
    }
}
