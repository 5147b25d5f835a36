using Tritter.Core.Phrasing;
using Tritter.Remote;

namespace Tritter.Server.Answers;

/// <summary>The models that the user chose, each made when it is first needed; a chat model stays loaded. Thread-safe.</summary>
internal sealed class Phrasers : IDisposable
{
    private readonly Lock _making = new();
    private readonly Dictionary<string, LocalChat> _local = new(StringComparer.Ordinal);

    /// <returns>Null when the user chose none.</returns>
    public IPhraser? Of(AnswerModel chosen)
    {
        if (chosen.ChatModel is not { } name)
        {
            return chosen.Endpoint is { } endpoint ? new RemoteChat(endpoint) : null;
        }

        lock (_making)
        {
            if (!_local.TryGetValue(name, out LocalChat? chat))
            {
                _local[name] = chat = new LocalChat(name);
            }

            return chat;
        }
    }

    public void Dispose()
    {
        foreach (LocalChat chat in _local.Values)
        {
            chat.Dispose();
        }
    }
}
