using Tritter.Core.Completion;

namespace Tritter.Server.Completions;

/// <summary>What is done about time. Tests that are about something else take <see cref="None"/>.</summary>
/// <param name="Delay">How long automatic requests wait while keys follow one another; what the user has set comes first.</param>
/// <param name="HasBudget">Whether automatic answers that come too late are given up.</param>
/// <param name="IdleAfter">How long after a suggestion what follows it is computed ahead; null for never.</param>
internal sealed record Pacing(DelayPolicy Delay, bool HasBudget, TimeSpan? IdleAfter)
{
    public static Pacing Usual { get; } = new(DelayPolicy.Adaptive, HasBudget: true, TimeSpan.FromMilliseconds(50));

    /// <summary>Every request is computed at once, however long it takes, and nothing else is.</summary>
    public static Pacing None { get; } = new(new DelayPolicy(TimeSpan.Zero), HasBudget: false, IdleAfter: null);
}
