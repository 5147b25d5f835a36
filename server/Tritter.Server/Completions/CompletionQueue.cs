using System.Collections.Immutable;

namespace Tritter.Server.Completions;

/// <summary>A completion to compute.</summary>
/// <param name="Uri">The document it is about.</param>
/// <param name="IsIdle">Nobody asked for it: it runs while nothing else is to do, and gives way at once.</param>
/// <param name="NotBefore">When it may begin, in timestamps of one clock.</param>
internal readonly record struct Ticket(long Id, string Uri, bool IsIdle = false, long NotBefore = 0);

/// <summary>Which completions run, wait or have become pointless: pure, each event gives a new queue.</summary>
/// <param name="Running">The one on the model's thread. It stays until it has finished, even if it was dropped meanwhile.</param>
/// <param name="Waiting">Oldest first.</param>
internal sealed record CompletionQueue(Ticket? Running, ImmutableList<Ticket> Waiting)
{
    public static CompletionQueue Empty { get; } = new(null, []);

    private IEnumerable<Ticket> Open => Running is { } running ? Waiting.Prepend(running) : Waiting;

    /// <summary>
    /// A request arrives. It makes all older ones about the same document pointless, since the cursor has moved on, and everything that only
    /// filled the time. What fills the time replaces only its like.
    /// </summary>
    public (CompletionQueue Queue, ImmutableArray<Ticket> Dropped) Ask(Ticket ticket)
    {
        (CompletionQueue queue, ImmutableArray<Ticket> dropped) = Drop(t => t.IsIdle || (!ticket.IsIdle && t.Uri == ticket.Uri));
        return (queue with { Waiting = queue.Waiting.Add(ticket) }, dropped);
    }

    /// <summary>The document changes or closes. Everything asked about it so far becomes pointless.</summary>
    public (CompletionQueue Queue, ImmutableArray<Ticket> Dropped) Edit(string uri) => Drop(t => t.Uri == uri);

    /// <summary>The thread is free: of the waiting completions whose time has come, the oldest that somebody asked for runs, else one that nobody did.</summary>
    public CompletionQueue Next(long now)
    {
        Ticket? next = Waiting.Where(t => t.NotBefore <= now).OrderBy(t => t.IsIdle).Cast<Ticket?>().FirstOrDefault();
        return next is { } ticket ? new(ticket, Waiting.Remove(ticket)) : this with { Running = null };
    }

    /// <summary>A completion is over before its turn: its client does not want it any more.</summary>
    public CompletionQueue Cancel(Ticket ticket) => this with { Waiting = Waiting.Remove(ticket) };

    private (CompletionQueue Queue, ImmutableArray<Ticket> Dropped) Drop(Predicate<Ticket> pointless) =>
        (this with { Waiting = Waiting.RemoveAll(pointless) }, [.. Open.Where(t => pointless(t))]);
}
