namespace Tritter.Core.Completion;

/// <summary>How fast keys follow one another: a mean in which the latest count most. Immutable.</summary>
public readonly record struct TypingPace(TimeSpan? BetweenKeys)
{
    /// <summary>Who has not typed for so long is thinking: the pause says nothing about the pace.</summary>
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(1);

    /// <summary>After a key.</summary>
    /// <param name="since">Time since the one before.</param>
    public TypingPace After(TimeSpan since) => since > _pause ? this : new(BetweenKeys is { } mean ? (3 * mean + since) / 4 : since);
}
