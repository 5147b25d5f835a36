using System.Collections.Concurrent;
using Tritter.Core.Completion;

namespace Tritter.Server.Completions;

/// <summary>
/// What of other files the prompts about each document begin with. The model takes longer to read what is found anew than keys are apart, so that
/// is shown only once it has been read: until then keys are answered with what was shown before, of which nothing is computed again. Thread-safe.
/// </summary>
internal sealed class ShownContext(TimeProvider time)
{
    /// <summary>Who types on within this time, and this near, is shown the same of other files: the prompt's beginning stays as it was.</summary>
    private static readonly TimeSpan _burst = TimeSpan.FromSeconds(3);
    private const int BurstCharacters = 600;

    private readonly ConcurrentDictionary<string, IReadOnlyList<ContextPiece>> _shown = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Found> _found = new(StringComparer.Ordinal);

    /// <summary>What prompts about a document begin with now.</summary>
    public IReadOnlyList<ContextPiece> Of(string uri) => _shown.GetValueOrDefault(uri) ?? [];

    /// <summary>From now on prompts about the document begin with this.</summary>
    public IReadOnlyList<ContextPiece> Show(string uri, IReadOnlyList<ContextPiece> pieces) => _shown[uri] = pieces;

    /// <summary>What there is to show at a cursor: in a burst what was found last, although it may not have been shown yet.</summary>
    /// <param name="lasts">Whether what <paramref name="find"/> gives may be taken again.</param>
    public IReadOnlyList<ContextPiece> Find(string uri, int offset, Func<IReadOnlyList<ContextPiece>> find, bool lasts)
    {
        long now = time.GetTimestamp();
        if (_found.TryGetValue(uri, out Found? last) && time.GetElapsedTime(last.At, now) < _burst && Math.Abs(last.Offset - offset) < BurstCharacters)
        {
            _found[uri] = last with { At = now };
            return last.Pieces;
        }

        IReadOnlyList<ContextPiece> pieces = find();
        if (lasts)
        {
            _found[uri] = new Found(pieces, offset, now);
        }

        return pieces;
    }

    private sealed record Found(IReadOnlyList<ContextPiece> Pieces, int Offset, long At);
}
