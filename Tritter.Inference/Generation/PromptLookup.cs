namespace Tritter.Inference.Generation;

/// <summary>
/// Guesses the next tokens for speculative decoding (arXiv:2211.17192) without a second model: where the text has ended like this before,
/// it will go on as it did then. Code repeats itself; a guess costs a scan of the prompt, about a microsecond.
/// </summary>
/// <remarks>
/// A wrong guess costs a part of a forward pass. So guesses grow while they are right, shrink when they are wrong, and pause after failures,
/// the longer, the more failed in a row.
/// </remarks>
internal sealed class PromptLookup
{
    /// <summary>Tokens that must agree before a guess is made.</summary>
    private const int MinMatch = 3;
    private const int MaxMatch = 16;

    /// <summary>Guesses of 1, 3 and 7 tokens: with the token before them they fill whole tiles of the kernels.</summary>
    private const int FirstLength = 3;
    public const int MaxLength = 7;
    private const int MaxPause = 32;

    private int _length = FirstLength;
    private int _failures;
    private int _pause;

    private readonly List<int> _text = [];

    /// <summary>Guesses what follows a text.</summary>
    /// <param name="text">The text so far; each call's begins with the last call's.</param>
    /// <param name="token">The text's last token, which <paramref name="text"/> does not hold yet.</param>
    /// <param name="earlier">Another text that may repeat itself here, such as the completion shown before.</param>
    /// <param name="most">Most tokens to guess.</param>
    /// <param name="guess">Takes the tokens.</param>
    /// <returns>Tokens guessed; 0 when there is nothing to say.</returns>
    public int Guess(ReadOnlySpan<int> text, int token, ReadOnlySpan<int> earlier, int most, Span<int> guess)
    {
        _text.AddRange(text[_text.Count..]);
        _text.Add(token);
        ReadOnlySpan<int> next = Next(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_text), earlier);
        _text.RemoveAt(_text.Count - 1);
        int count = Math.Clamp(most, 0, Math.Min(next.Length, _length));
        next[..count].CopyTo(guess);
        return count;
    }

    private ReadOnlySpan<int> Next(ReadOnlySpan<int> text, ReadOnlySpan<int> earlier)
    {
        if (_pause > 0)
        {
            _pause--;
            return [];
        }

        (int end, int match) = LongestMatch(text, text[..^1]);
        (int endEarlier, int matchEarlier) = LongestMatch(text, earlier);
        return matchEarlier > match ? earlier[endEarlier..] : match > 0 ? text[end..] : [];
    }

    /// <summary>Learns how many tokens of a guess were right; a guess of none teaches nothing.</summary>
    public void LearnIfAny(int guessed, int right)
    {
        if (guessed == 0)
        {
            return;
        }

        if (right == guessed)
        {
            _length = Math.Min(MaxLength, 2 * _length + 1);
            _failures = 0;
        }
        else if (right == 0)
        {
            _length = Math.Max(1, _length / 2);
            _pause = Math.Min(MaxPause, 2 << _failures);
            _failures = Math.Min(_failures + 1, 8);
        }
        else
        {
            _failures = 0;
        }
    }

    /// <summary>The place in <paramref name="source"/> before which most tokens are the last ones of <paramref name="text"/>; the latest of equals.</summary>
    private static (int End, int Match) LongestMatch(ReadOnlySpan<int> text, ReadOnlySpan<int> source)
    {
        if (text.Length < MinMatch)
        {
            return default;
        }

        ReadOnlySpan<int> tail = text[^MinMatch..];
        (int End, int Match) best = default;
        for (int at = source.LastIndexOf(tail); at >= 0 && best.Match < MaxMatch; at = source[..(at + MinMatch - 1)].LastIndexOf(tail))
        {
            int end = at + MinMatch;
            int match = MinMatch;
            while (match < MaxMatch && match < end && match < text.Length && source[end - match - 1] == text[text.Length - match - 1])
            {
                match++;
            }

            // A match at the very end of another text has nothing after it.
            if (match > best.Match && end < source.Length)
            {
                best = (end, match);
            }
        }

        return best;
    }
}
