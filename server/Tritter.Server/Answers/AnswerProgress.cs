using System.Text.Json;
using Tritter.Server.Lsp;

namespace Tritter.Server.Answers;

/// <summary>Runs what answers beside the ordered handlers, and tells the client how it goes.</summary>
internal static class AnswerProgress
{
    /// <param name="workDone">The client's token for begin and end; null when it wants neither.</param>
    /// <param name="partial">The client's token for the text's pieces; null when it waits for the whole.</param>
    /// <param name="answer">Given what to call with each piece.</param>
    public static async Task<T> RunAsync<T>(
        Client client, string title, JsonElement? workDone, JsonElement? partial, Func<Action<string>?, Task<T>> answer, CancellationToken cancellationToken)
    {
        if (workDone is { } begin)
        {
            client.Progress(begin, new WorkDoneProgress("begin", "Tritter", title));
        }

        try
        {
            Action<string>? onText = partial is { } token ? text => client.PartialAnswer(token, text) : null;
            return await Task.Run(() => answer(onText), cancellationToken);
        }
        finally
        {
            if (workDone is { } end)
            {
                client.Progress(end, new WorkDoneProgress("end"));
            }
        }
    }
}
