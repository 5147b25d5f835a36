using System.Collections.Immutable;

namespace Tritter.Core.Completion;

/// <summary>
/// The latest suggestions, so that typing through one is answered without the model. Immutable. A suggestion counts as long as the rest of its
/// document stays as it was, and so do all other documents.
/// </summary>
public sealed class SuggestionCache
{
    /// <summary>Each keeps its document's text: of a large file about 0.2 MB.</summary>
    private const int Most = 16;

    private readonly ImmutableList<(string Uri, CachedSuggestion Suggestion)> _latest;

    private SuggestionCache(ImmutableList<(string, CachedSuggestion)> latest) => _latest = latest;

    public static SuggestionCache Empty { get; } = new([]);

    public int Count => _latest.Count;

    public SuggestionCache With(string uri, CachedSuggestion suggestion)
    {
        ImmutableList<(string Uri, CachedSuggestion)> latest = _latest.Insert(0, (uri, suggestion));
        return new(latest.Count > Most ? latest.RemoveAt(Most) : latest);
    }

    /// <summary>Another text of a document may change what is right in the others.</summary>
    public SuggestionCache AfterEditOf(string uri) => _latest.TrueForAll(s => s.Uri == uri) ? this : new(_latest.RemoveAll(s => s.Uri != uri));

    /// <summary>The latest suggestion of which something is left at a cursor.</summary>
    /// <param name="text">The whole document as it is now.</param>
    public (CachedSuggestion Suggestion, SuggestionRest Left)? Find(string uri, string text, int offset)
    {
        foreach ((string of, CachedSuggestion suggestion) in _latest)
        {
            if (of == uri && suggestion.In(text, offset) is { } rest)
            {
                return (suggestion, rest);
            }
        }

        return null;
    }
}
