using Tritter.Core.Completion;

namespace Tritter.Core.Context;

/// <summary>Text of another file that might help.</summary>
/// <param name="Path">As the model is to see it.</param>
/// <param name="Start">Where it stands in its file; pieces of one file are shown in this order.</param>
/// <param name="Text">Lines ending in \n.</param>
/// <param name="Score">Higher is better; comparable with others of the same source only.</param>
public sealed record ContextCandidate(string Path, int Start, string Text, double Score, RetrievalSources Source);

/// <summary>Chooses what of other files is shown to the model, and in which order. Pure.</summary>
public static class ContextRanking
{
    /// <summary>Of everything shown together: about 900 tokens.</summary>
    public const int MaxCharacters = 2800;

    /// <summary>A path costs about so much beside its own letters.</summary>
    private const int HeaderCharacters = 4;

    /// <summary>A file that somebody works on counts for so much more.</summary>
    private const double RecentFactor = 1.5;

    /// <summary>Text of which so much already stands in the file itself says nothing new.</summary>
    private const double MostKnown = 0.6;

    // The compiler knows, an import was written by somebody, a name may be another's, and words are a guess.
    private static readonly RetrievalSources[] _order = [RetrievalSources.Outlines, RetrievalSources.Imports, RetrievalSources.Names, RetrievalSources.Words];

    /// <param name="own">The text that is being completed.</param>
    /// <param name="recent">Paths of files that were edited or opened lately.</param>
    /// <param name="maxCharacters">Of all pieces with their paths.</param>
    /// <returns>By path and place, so that the same choice always gives the same prompt, whatever the scores.</returns>
    public static IReadOnlyList<ContextPiece> Choose(IEnumerable<ContextCandidate> candidates, string own, IReadOnlySet<string> recent, int maxCharacters = MaxCharacters)
    {
        HashSet<string> known = [.. Lines(own)];
        var chosen = new List<ContextCandidate>();
        int left = maxCharacters;
        IEnumerable<ContextCandidate> ranked = candidates
            .OrderBy(c => Array.IndexOf(_order, c.Source))
            .ThenByDescending(c => c.Score * (recent.Contains(c.Path) ? RecentFactor : 1))
            .ThenBy(c => c.Path, StringComparer.Ordinal).ThenBy(c => c.Start);
        foreach (ContextCandidate candidate in ranked)
        {
            bool hasHeader = chosen.Any(c => c.Path == candidate.Path);
            int cost = candidate.Text.Length + (hasHeader ? 0 : candidate.Path.Length + HeaderCharacters);
            string[] lines = [.. Lines(candidate.Text)];
            if (cost > left || lines.Length == 0 || (candidate.Source != RetrievalSources.Outlines && lines.Count(known.Contains) >= MostKnown * lines.Length))
            {
                continue;
            }

            left -= cost;
            chosen.Add(candidate);
            // Nor is the same shown twice.
            known.UnionWith(lines);
        }

        return
        [
            .. chosen.GroupBy(c => c.Path, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal)
                .Select(g => new ContextPiece(g.Key, string.Concat(g.OrderBy(c => c.Start).Select(c => c.Text.EndsWith('\n') ? c.Text : c.Text + "\n")))),
        ];
    }

    /// <summary>Lines that say something; brackets alone do not.</summary>
    private static IEnumerable<string> Lines(string text) => text.Split('\n').Select(l => l.Trim()).Where(l => l.Any(char.IsLetterOrDigit));
}
