namespace Tritter.Core.Answers;

/// <summary>What Tritter says about code, with the places that it speaks of.</summary>
/// <param name="Markdown">In it <c>[[3]](citation:3)</c> stands for the citation with that number.</param>
/// <param name="Kind">What was asked for, such as <c>symbol</c>, <c>callers</c> or <c>search</c>.</param>
/// <param name="IsExact">Whether it follows from the compiler or the index, rather than from likeness of words.</param>
/// <param name="Model">Whose words are in it; null when no model's are.</param>
/// <param name="Remote">Host to which code was sent for it; null when nothing left this machine.</param>
public sealed record Answer(
    string Markdown, string Kind, bool IsExact, IReadOnlyList<Citation> Citations, Searched Searched, string? Model = null, string? Remote = null);

/// <summary>Where an answer was looked for.</summary>
/// <param name="Files">How many files.</param>
/// <param name="Chunks">How many pieces of them.</param>
/// <param name="Words">By which words or names.</param>
public sealed record Searched(int Files, int Chunks, IReadOnlyList<string> Words)
{
    public static Searched Nothing { get; } = new(0, 0, []);
}
