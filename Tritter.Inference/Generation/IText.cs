using Tritter.Inference.Model;
using Tritter.Inference.Sampling;

namespace Tritter.Inference.Generation;

/// <summary>One text where it is computed: its tokens, their keys and values, and the logits of the last ones.</summary>
internal interface IText : IDisposable
{
    /// <summary>Most positions.</summary>
    int Capacity { get; }

    /// <summary>Bytes of keys and values where the text is, those that other texts share with it included.</summary>
    long KvBytes { get; }

    /// <summary>Most tokens of a call of <see cref="Run"/>.</summary>
    int MaxChunk { get; }

    /// <summary>Whether several tokens take hardly longer than one, so that guessing pays.</summary>
    bool ChunksAreCheap { get; }

    IReadOnlyList<int> Tokens { get; }

    ReadOnlySpan<int> TokenSpan { get; }

    /// <summary>[vocab], or [T, vocab] when all were asked for. May be changed; overwritten by the next call.</summary>
    Span<float> Logits { get; }

    /// <summary>The token with the largest of the last logits, the first of equal ones; -1 for none.</summary>
    int Likeliest { get; }

    /// <summary>Finds what a draw needs where the logits are, so that not all of them have to come here.</summary>
    /// <param name="ruledOut">Tokens that must not be chosen: their last logits become negative infinity.</param>
    /// <param name="found">Emptied, then given tokens and logits as <see cref="Candidate"/> has them, in any order.</param>
    /// <returns>False where <see cref="Logits"/> are here anyway, or too many tokens are needed: the logits have to be looked at, and tokens ruled out there.</returns>
    bool TryFind(CandidateLimits limits, IReadOnlyList<int> ruledOut, List<ulong> found);

    /// <summary>Goes over to the longest beginning of <paramref name="tokens"/> that is held.</summary>
    /// <returns>Its length.</returns>
    int Seek(ReadOnlySpan<int> tokens);

    /// <summary>Computes tokens behind those that are held, and adds them.</summary>
    /// <exception cref="OperationCanceledException">Cancelled; what was held still is.</exception>
    void Run(ReadOnlySpan<int> tokens, LogitsOf logits, CancellationToken cancellationToken);

    /// <summary>Writes the keys and values of the tokens to a file.</summary>
    /// <param name="model">SHA-256 of the model.</param>
    /// <exception cref="InvalidOperationException">They are of a form that no file has.</exception>
    void Save(string path, ReadOnlySpan<byte> model);

    /// <summary>Forgets tokens from <paramref name="length"/> on, and more where that is needed.</summary>
    /// <returns>Tokens still held.</returns>
    int Truncate(int length);
}
