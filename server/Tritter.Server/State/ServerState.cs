namespace Tritter.Server.State;

/// <summary>
/// The server's only mutable state: which snapshot is the current one. <c>initialize</c> and notifications replace it; requests read it once,
/// before their first await.
/// </summary>
internal sealed class ServerState
{
    private readonly Lock _replacing = new();
    private volatile Snapshot _current = Snapshot.Empty;

    public Snapshot Current => _current;

    public void Begin(Session session) => Replace(s => s with { Session = session });

    public void Configure(Settings settings) => Replace(s => s with { Settings = settings });

    /// <summary>Adds a document, or takes a new version of one that is open.</summary>
    public void Put(OpenDocument document) => Replace(s => s with { Documents = s.Documents.SetItem(document.Uri, document) });

    /// <returns>Whether it was open.</returns>
    public bool Close(string uri)
    {
        bool wasOpen = _current.Documents.ContainsKey(uri);
        Replace(s => s with { Documents = s.Documents.Remove(uri) });
        return wasOpen;
    }

    // Settings arrive as an answer to our question, beside the ordered handlers: hence the lock.
    private void Replace(Func<Snapshot, Snapshot> change)
    {
        lock (_replacing)
        {
            _current = change(_current);
        }
    }
}
