namespace Tritter.Torch.Vocabulary;

/// <summary>How often each pair stands side by side, the most frequent first, and in which words it may be found.</summary>
internal sealed class PairCounts
{
    private readonly Dictionary<(int, int), long> _counts = [];
    private readonly Dictionary<(int, int), HashSet<int>> _words = [];

    /// <summary>Entries are not taken out when a count changes: one that is no longer true is passed over.</summary>
    private readonly PriorityQueue<(int, int), (long MinusCount, int Left, int Right)> _queue = new();

    /// <param name="count">Negative to take a word out again.</param>
    public void Add(int[] word, int index, long count)
    {
        for (int i = 0; i + 1 < word.Length; i++)
        {
            (int, int) pair = (word[i], word[i + 1]);
            long now = _counts.GetValueOrDefault(pair) + count;
            _counts[pair] = now;
            if (count > 0)
            {
                if (!_words.TryGetValue(pair, out HashSet<int>? words))
                {
                    _words[pair] = words = [];
                }

                words.Add(index);
            }

            _queue.Enqueue(pair, (-now, pair.Item1, pair.Item2));
        }
    }

    /// <returns>null when no pair stands twice.</returns>
    public (int Left, int Right)? Most()
    {
        while (_queue.TryPeek(out (int, int) pair, out (long MinusCount, int, int) priority))
        {
            if (_counts.GetValueOrDefault(pair) == -priority.MinusCount)
            {
                return -priority.MinusCount >= 2 ? pair : null;
            }

            _queue.Dequeue();
        }

        return null;
    }

    /// <summary>In ascending order; some may have lost the pair meanwhile.</summary>
    public int[] WordsWith((int, int) pair) => _words.TryGetValue(pair, out HashSet<int>? words) ? [.. words.Order()] : [];

    public void Forget((int, int) pair)
    {
        _counts.Remove(pair);
        _words.Remove(pair);
    }
}
