namespace Tritter.Core.Completion;

/// <summary>How long to wait before a suggestion is computed while somebody types. Immutable.</summary>
/// <param name="Fixed">Always as long as this; null to decide by the pace of the keys and by what an answer takes.</param>
public sealed record DelayPolicy(TimeSpan? Fixed = null)
{
    /// <summary>An answer that takes no longer costs less than waiting for it.</summary>
    private static readonly TimeSpan _cheap = TimeSpan.FromMilliseconds(15);

    private static readonly TimeSpan _longest = TimeSpan.FromMilliseconds(75);

    /// <summary>Adapts to the typist.</summary>
    public static DelayPolicy Adaptive { get; } = new();

    /// <param name="betweenKeys">The typist's pace; null while there is none.</param>
    /// <param name="cost">What an answer took lately.</param>
    public TimeSpan Before(TimeSpan? betweenKeys, TimeSpan cost)
    {
        if (Fixed is { } always)
        {
            return always;
        }

        // An answer that is there before the next key needs no delay. One that is not would be thrown away: it waits until the keys pause.
        bool wasted = betweenKeys is { } pace && cost > pace;
        return cost <= _cheap || !wasted ? TimeSpan.Zero : TimeSpan.FromTicks(Math.Min(_longest.Ticks, betweenKeys!.Value.Ticks));
    }
}
