using System.Collections.Immutable;

namespace Tritter.Server.Completions;

/// <summary>A completion that a client asked for.</summary>
/// <param name="Uri">The document it is about.</param>
internal readonly record struct Ticket(long Id, string Uri);

/// <summary>Which completions run, wait or have become pointless: pure, each event gives a new queue.</summary>
/// <param name="Running">The one on the model's thread. It stays until it has finished, even if it was dropped meanwhile.</param>
/// <param name="Waiting">Oldest first.</param>
internal sealed record CompletionQueue(Ticket? Running, ImmutableList<Ticket> Waiting)
{
    public static CompletionQueue Empty { get; } = new(null, []);

    /// <summary>A request arrives. It makes all older ones about the same document pointless: the cursor has moved on.</summary>
    public (CompletionQueue Queue, ImmutableArray<Ticket> Dropped) Ask(Ticket ticket)
    {
        (CompletionQueue queue, ImmutableArray<Ticket> dropped) = Edit(ticket.Uri);
        return (queue with { Waiting = queue.Waiting.Add(ticket) }, dropped);
    }

    /// <summary>The document changes or closes. Everything asked about it so far becomes pointless.</summary>
    public (CompletionQueue Queue, ImmutableArray<Ticket> Dropped) Edit(string uri)
    {
        IEnumerable<Ticket> open = Running is { } running ? Waiting.Prepend(running) : Waiting;
        return (this with { Waiting = Waiting.RemoveAll(t => t.Uri == uri) }, [.. open.Where(t => t.Uri == uri)]);
    }

    /// <summary>The thread is free: the oldest waiting completion runs, if there is one.</summary>
    public CompletionQueue Next() => Waiting.IsEmpty ? this with { Running = null } : new(Waiting[0], Waiting.RemoveAt(0));

    /// <summary>A completion is over before its turn: its client does not want it any more.</summary>
    public CompletionQueue Cancel(Ticket ticket) => this with { Waiting = Waiting.Remove(ticket) };
}
