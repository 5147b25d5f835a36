using System.Collections.Immutable;

namespace Tritter.Server.State;

/// <summary>All that a request may know, as it was when the request arrived.</summary>
/// <param name="Documents">Open documents by URI.</param>
internal sealed record Snapshot(Session Session, Settings Settings, ImmutableDictionary<string, OpenDocument> Documents)
{
    public static Snapshot Empty { get; } = new(Session.None, Settings.Default, ImmutableDictionary<string, OpenDocument>.Empty);
}
