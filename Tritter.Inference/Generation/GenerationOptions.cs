using Tritter.Inference.Sampling;

namespace Tritter.Inference.Generation;

/// <summary>Changes the scores of the next token, before it is chosen; negative infinity rules a token out.</summary>
/// <param name="generated">What was generated so far.</param>
/// <param name="logits">[vocab].</param>
public delegate void LogitsRule(ReadOnlySpan<int> generated, Span<float> logits);

/// <summary>Limits and rules of one generation.</summary>
public sealed record GenerationOptions
{
    /// <summary>Most tokens to report, 0 or more.</summary>
    public required int MaxTokens { get; init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(MaxTokens)); }

    /// <summary>Ids that end the text; they are not reported.</summary>
    public required IReadOnlySet<int> StopTokens { get; init; }

    /// <summary>Ids that are never chosen.</summary>
    public IReadOnlyList<int> SuppressedTokens { get; init; } = [];

    public LogitsRule? Rule { get; init; }

    /// <summary>Called once for each token to choose, with its scores [vocab] as the model gave them, before anything is ruled out.</summary>
    public Action<ReadOnlySpan<float>>? OnLogits { get; init; }

    /// <summary>Takes the natural logarithm of each reported token's probability, before anything was ruled out; null when nobody asks.</summary>
    public IList<double>? LogProbabilities { get; init; }

    public SamplingOptions Sampling { get; init; } = SamplingOptions.Greedy;

    /// <summary>Whether to guess tokens ahead and check them together, which changes the time but no token. Greedy decoding only.</summary>
    public bool Speculate { get; init; } = true;

    /// <summary>Tokens of another text that this one may repeat, such as the last completion's.</summary>
    public ReadOnlyMemory<int> Earlier { get; init; }
}

/// <summary>Why a generation ended.</summary>
public enum StopReason
{
    /// <summary>The model said that the text ends.</summary>
    StopToken,

    /// <summary>The token budget or the session's capacity was used up.</summary>
    Length,

    /// <summary>The caller had enough.</summary>
    Caller,

    /// <summary>The rules left no token to choose.</summary>
    NoToken,
}

/// <summary>What a generation took.</summary>
/// <param name="CachedTokens">Prompt tokens that did not have to be computed.</param>
/// <param name="GeneratedTokens">Tokens reported, a stop token not included.</param>
/// <param name="Prefill">Time until the first logits.</param>
/// <param name="Decode">Time after that.</param>
public readonly record struct GenerationResult(StopReason Reason, int PromptTokens, int CachedTokens, int GeneratedTokens, TimeSpan Prefill, TimeSpan Decode)
{
    /// <summary>Tokens that were guessed ahead.</summary>
    public int GuessedTokens { get; init; }

    /// <summary>Guesses that were right: tokens that cost no pass of their own.</summary>
    public int RightGuesses { get; init; }
}
