using System.Globalization;
using Tritter.Core.Documents;

namespace Tritter.Server.Completions;

/// <summary>What a client can tell of a suggestion.</summary>
internal enum OfferEvent
{
    Shown,
    Accepted,
    PartiallyAccepted,

    /// <summary>The accepted text stood in the document 30 seconds later.</summary>
    Kept,
}

/// <summary>
/// The suggestions that were sent lately, so that the client can tell what became of them. Each event of a suggestion counts once. Thread-safe.
/// </summary>
/// <param name="count">Told of each event, with the document's language.</param>
/// <param name="textOf">The text of an open document; null when it is closed.</param>
internal sealed class OfferedSuggestions(TimeProvider time, Action<OfferEvent, string> count, Func<string, string?> textOf)
{
    /// <summary>A client that shows one of several keeps no more than these.</summary>
    private const int MostRemembered = 256;

    private static readonly TimeSpan _untilKept = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Offer> _offers = [];
    private readonly HashSet<ITimer> _timers = [];
    private long _lastId;

    /// <summary>Remembers a suggestion.</summary>
    /// <param name="offset">Where in <paramref name="document"/> it would be inserted.</param>
    /// <returns>Its id.</returns>
    public string Add(string uri, Document document, int offset, string text)
    {
        lock (_lock)
        {
            string id = (++_lastId).ToString(CultureInfo.InvariantCulture);
            _offers[id] = new Offer(uri, document, offset, text);
            _offers.Remove((_lastId - MostRemembered).ToString(CultureInfo.InvariantCulture));
            return id;
        }
    }

    /// <returns>Whether there is such a suggestion.</returns>
    public bool Shown(string id) => Count(id, OfferEvent.Shown) is not null;

    /// <inheritdoc cref="Shown"/>
    public bool PartiallyAccepted(string id) => Count(id, OfferEvent.PartiallyAccepted) is not null;

    /// <summary>From now on it is watched whether the text stays.</summary>
    /// <inheritdoc cref="Shown"/>
    public bool Accepted(string id)
    {
        if (Count(id, OfferEvent.Accepted) is not { } offer)
        {
            return false;
        }

        ITimer? timer = null;
        lock (_lock)
        {
            timer = time.CreateTimer(_ => LookWhetherKept(id, offer, timer!), null, _untilKept, Timeout.InfiniteTimeSpan);
            _timers.Add(timer);
        }

        return true;
    }

    private void LookWhetherKept(string id, Offer offer, ITimer timer)
    {
        lock (_lock)
        {
            _timers.Remove(timer);
        }

        timer.Dispose();
        if (textOf(offer.Uri) is { } text && offer.StandsIn(text))
        {
            Count(id, OfferEvent.Kept);
        }
    }

    /// <returns>Null when there is no such suggestion.</returns>
    private Offer? Count(string id, OfferEvent what)
    {
        Offer? offer;
        bool isNew;
        lock (_lock)
        {
            offer = _offers.GetValueOrDefault(id);
            isNew = offer?.Events.Add(what) == true;
        }

        if (isNew)
        {
            count(what, offer!.Document.LanguageId);
        }

        return offer;
    }

    private sealed record Offer(string Uri, Document Document, int Offset, string Text)
    {
        public HashSet<OfferEvent> Events { get; } = [];

        /// <summary>Whether the text stands anywhere behind what stood before it on its line: edits above move it.</summary>
        public bool StandsIn(string text)
        {
            int lineStart = Document.Text.LastIndexOf('\n', Math.Max(0, Offset - 1), Math.Max(0, Offset)) + 1;
            return text.Contains(string.Concat(Document.Text.AsSpan(lineStart, Offset - lineStart).TrimStart(), Text.TrimEnd()), StringComparison.Ordinal);
        }
    }
}
