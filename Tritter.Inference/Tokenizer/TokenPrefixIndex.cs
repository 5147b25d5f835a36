namespace Tritter.Inference.Tokenizer;

/// <summary>Finds the tokens that can begin a given text: those that start with it, and those that it starts with.</summary>
public sealed class TokenPrefixIndex
{
    private readonly TritterTokenizer _tokenizer;

    /// <summary>Ids of text tokens, ordered by their bytes.</summary>
    private readonly int[] _sorted;

    public TokenPrefixIndex(TritterTokenizer tokenizer)
    {
        _tokenizer = tokenizer;
        _sorted = Enumerable.Range(0, tokenizer.VocabularySize).Where(id => !tokenizer.IsSpecial(id) && tokenizer.Bytes(id).Length > 0).ToArray();
        Array.Sort(_sorted, (a, b) => tokenizer.Bytes(a).SequenceCompareTo(tokenizer.Bytes(b)));
    }

    /// <summary>Calls <paramref name="visit"/> with every token that agrees with <paramref name="text"/> as far as both go.</summary>
    /// <param name="text">At least one byte.</param>
    public void Visit(ReadOnlySpan<byte> text, Action<int> visit)
    {
        for (int length = 1; length < text.Length; length++)
        {
            for (int i = LowerBound(text[..length]); i < _sorted.Length && _tokenizer.Bytes(_sorted[i]).SequenceEqual(text[..length]); i++)
            {
                visit(_sorted[i]);
            }
        }

        for (int i = LowerBound(text); i < _sorted.Length && _tokenizer.Bytes(_sorted[i]).StartsWith(text); i++)
        {
            visit(_sorted[i]);
        }
    }

    private int LowerBound(ReadOnlySpan<byte> text)
    {
        int low = 0, high = _sorted.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_tokenizer.Bytes(_sorted[middle]).SequenceCompareTo(text) < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
