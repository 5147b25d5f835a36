using Tritter.Core.Answers;

namespace Tritter.Core.Evaluation;

/// <summary>How an answer compares with the checked one.</summary>
/// <param name="RecallAt1">Whether the first citation that is not the subject's own is one that was expected; 0 or 1.</param>
/// <param name="RecallAt5">Share of what was expected, of at most five, among the first five.</param>
/// <param name="IsRight">Of exact kinds: kind, all symbols, the text, and nothing else where nothing else may be. Null for searches.</param>
/// <param name="WrongCitations">Citations that are stale, or whose text has another hash.</param>
public sealed record AskScore(double RecallAt1, double RecallAt5, bool? IsRight, int WrongCitations, string Problem)
{
    /// <param name="root">The repository's full path with '/' separators.</param>
    /// <param name="text">A file's text now; null when there is none.</param>
    public static AskScore Of(AskCase expected, Answer answer, string root, Func<string, string?> text)
    {
        string[] symbols = expected.Symbols ?? [];
        string[] files = expected.Files ?? [];
        Citation[] cited = [.. answer.Citations.DistinctBy(c => c.Symbol ?? $"{c.Path}:{c.Start}")];
        // Of questions about a declaration itself, its own citation counts; of others it only says what the answer is about.
        bool isOwn = expected.Kind is "definition" or "value" or "file" or "search" or "path";
        Citation[] ranked = isOwn || cited.Length == 0 ? cited : [.. cited.Where(c => c.Symbol != cited[0].Symbol)];
        bool IsExpected(Citation c) => symbols.Any(s => Matches(c, s)) || (symbols.Length == 0 && files.Any(f => $"{root}/{f}" == c.Path)) || (expected.Kind == "search" && files.Any(f => $"{root}/{f}" == c.Path));
        double at5;
        if (expected.Kind == "search" || symbols.Length == 0)
        {
            at5 = ranked.Take(5).Any(IsExpected) ? 1 : 0;
        }
        else
        {
            at5 = (double)symbols.Count(s => ranked.Take(Math.Max(5, expected.Kind == "file" ? 40 : 5)).Any(c => Matches(c, s))) / symbols.Length;
            at5 = Math.Min(1, at5 * symbols.Length / Math.Min(5, symbols.Length));
        }

        string[] missing = [.. symbols.Where(s => !cited.Any(c => Matches(c, s)))];
        string[] extra = expected.Only ? [.. ranked.Where(c => !IsExpected(c)).Select(c => c.Symbol ?? Path.GetFileName(c.Path))] : [];
        string[] unsaid = [.. (expected.Text ?? []).Where(t => !answer.Markdown.Contains(t, StringComparison.Ordinal))];
        string problem = string.Join("; ", new[]
        {
            answer.Kind == expected.Kind ? "" : $"kind {answer.Kind}",
            missing.Length > 0 ? $"misses {string.Join(", ", missing)}" : "",
            extra.Length > 0 ? $"also says {string.Join(", ", extra)}" : "",
            unsaid.Length > 0 ? $"does not say {string.Join(", ", unsaid)}" : "",
        }.Where(p => p.Length > 0));
        return new AskScore(
            ranked.Length > 0 && IsExpected(ranked[0]) ? 1 : 0,
            at5,
            expected.Kind == "search" ? null : problem.Length == 0,
            answer.Citations.Count(c => c.IsStale || text(c.Path) is not { } now || c.Start + c.Length > now.Length || Citation.HashOf(now.AsSpan(c.Start, c.Length)) != c.Hash),
            problem);
    }

    private static bool Matches(Citation citation, string symbol) => citation.Symbol is { } cited && (cited == symbol || cited.EndsWith('.' + symbol, StringComparison.Ordinal));
}
