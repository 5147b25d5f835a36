using System.Text;
using System.Text.RegularExpressions;

namespace Tritter.Torch.Vocabulary;

/// <summary>
/// Learns byte pairs: again and again the pair that stands most often side by side becomes one token (arXiv:1508.07909). Of pairs that are
/// as frequent, the one with the lower ids comes first, so that the same text gives the same merges on every machine.
/// </summary>
public sealed partial class BytePairTrainer
{
    /// <summary>How our models split text before pairs are looked for; a pair never reaches across.</summary>
    public const string SplitPattern = @"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private readonly Dictionary<string, long> _words = new(StringComparer.Ordinal);

    /// <summary>Counts a text's words. Not thread-safe.</summary>
    public void Add(string text)
    {
        foreach (ValueMatch match in Split().EnumerateMatches(text))
        {
            string word = text.Substring(match.Index, match.Length);
            _words[word] = _words.GetValueOrDefault(word) + 1;
        }
    }

    /// <param name="merges">Most pairs to learn.</param>
    /// <param name="progress">Told how many are learned.</param>
    /// <returns>Pairs of token numbers, first merge first: 0 to 255 are the bytes, 256 the result of the first merge, and so on. Fewer when nothing stands twice.</returns>
    public List<(int Left, int Right)> Learn(int merges, Action<int>? progress, CancellationToken cancellation)
    {
        KeyValuePair<string, long>[] ordered = [.. _words.OrderBy(w => w.Key, StringComparer.Ordinal)];
        int[][] words = [.. ordered.Select(w => Encoding.UTF8.GetBytes(w.Key).Select(b => (int)b).ToArray())];
        long[] counts = [.. ordered.Select(w => w.Value)];
        var pairs = new PairCounts();
        for (int w = 0; w < words.Length; w++)
        {
            pairs.Add(words[w], w, counts[w]);
        }

        var learned = new List<(int, int)>();
        while (learned.Count < merges && pairs.Most() is { } most)
        {
            cancellation.ThrowIfCancellationRequested();
            int token = 256 + learned.Count;
            learned.Add(most);
            foreach (int w in pairs.WordsWith(most))
            {
                int[] merged = Merge(words[w], most, token);
                if (merged.Length < words[w].Length)
                {
                    pairs.Add(words[w], w, -counts[w]);
                    pairs.Add(merged, w, counts[w]);
                    words[w] = merged;
                }
            }

            pairs.Forget(most);
            progress?.Invoke(learned.Count);
        }

        return learned;
    }

    private static int[] Merge(int[] word, (int Left, int Right) pair, int token)
    {
        var merged = new List<int>(word.Length);
        for (int i = 0; i < word.Length; i++)
        {
            bool here = i + 1 < word.Length && word[i] == pair.Left && word[i + 1] == pair.Right;
            merged.Add(here ? token : word[i]);
            i += here ? 1 : 0;
        }

        return [.. merged];
    }

    [GeneratedRegex(SplitPattern, RegexOptions.CultureInvariant)]
    private static partial Regex Split();
}
