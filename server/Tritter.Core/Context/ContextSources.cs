using Tritter.Core.Completion;
using Tritter.Core.Secrets;

namespace Tritter.Core.Context;

/// <summary>Joins what the compiler and the index found.</summary>
public static class ContextSources
{
    /// <summary>The same assistance with what <paramref name="retrieved"/> gives added to its context.</summary>
    /// <param name="own">The text that is being completed.</param>
    /// <param name="recent">See <see cref="ContextRanking.Choose"/>.</param>
    public static Assistance With(this Assistance assistance, Func<CancellationToken, IReadOnlyList<ContextCandidate>> retrieved, string own, IReadOnlySet<string> recent) =>
        assistance with { Context = token => Join(assistance.Context?.Invoke(token) ?? [], retrieved(token), own, recent) };

    /// <summary>What the compiler chose stays whole, but for secrets; what is left of the budget goes to the rest.</summary>
    public static IReadOnlyList<ContextPiece> Join(IReadOnlyList<ContextPiece> outlines, IReadOnlyList<ContextCandidate> retrieved, string own, IReadOnlySet<string> recent) =>
        ContextRanking.Choose([.. outlines.Select(o => new ContextCandidate(o.Path, -1, SecretScan.Redact(o.Path, o.Text), 0, RetrievalSources.Outlines)), .. retrieved], own, recent);
}
