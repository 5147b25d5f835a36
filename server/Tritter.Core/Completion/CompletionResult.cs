namespace Tritter.Core.Completion;

/// <summary>What the model suggests at the cursor.</summary>
/// <param name="Text">Text to insert at the cursor; empty when there is nothing to say.</param>
/// <param name="EmptyReason">Why <paramref name="Text"/> is empty, one of <see cref="Completion.EmptyReason"/>; null when it is not.</param>
/// <param name="Cost">What the answer took.</param>
public sealed record CompletionResult(string Text, string? EmptyReason, CompletionCost Cost)
{
    /// <summary>Of the tokens behind what was typed: the natural logarithm of their probabilities' geometric mean; 0 where there are none.</summary>
    public double MeanLogProbability { get; init; }

    /// <summary>What the gate said; null where there was none, or nothing to look at.</summary>
    public GateVerdict? Verdict { get; init; }

    /// <summary>What the help around the model took.</summary>
    public AssistanceCost Assistance { get; init; }

    /// <summary>What else there is to say about <see cref="EmptyReason"/> in a log, one line; null for nothing.</summary>
    public string? Detail { get; init; }

    /// <summary>Whether the same question may get another answer later: there was no time, or no model.</summary>
    public bool IsProvisional => EmptyReason is Completion.EmptyReason.Unfinished or Completion.EmptyReason.Unjudged or Completion.EmptyReason.NoModel || Verdict is { Outcome: GateOutcome.Abstained, Reason: Completion.EmptyReason.Unjudged };

    /// <summary>What the model saw; null where it saw nothing.</summary>
    public FimPrompt? Prompt { get; init; }
}

/// <summary>Time that was spent around the model.</summary>
/// <param name="Context">Finding what to show of other files.</param>
/// <param name="Names">Finding which names exist, while decoding: a part of that time.</param>
/// <param name="Gate">Judging the suggestion.</param>
public readonly record struct AssistanceCost(TimeSpan Context, TimeSpan Names, TimeSpan Gate);

/// <summary>Tokens and time of one completion.</summary>
/// <param name="PromptTokens">Tokens of the whole prompt.</param>
/// <param name="CachedTokens">Prompt tokens whose keys and values were still in the KV cache.</param>
/// <param name="GeneratedTokens">Tokens decoded, those that were cut off afterwards included.</param>
/// <param name="Prefill">Time from the start to the first logits.</param>
/// <param name="Decode">Time spent after that.</param>
public readonly record struct CompletionCost(int PromptTokens, int CachedTokens, int GeneratedTokens, TimeSpan Prefill, TimeSpan Decode)
{
    /// <summary>Decoded tokens per second; 0 when nothing was decoded.</summary>
    public double TokensPerSecond => Decode > TimeSpan.Zero ? GeneratedTokens / Decode.TotalSeconds : 0;
}
