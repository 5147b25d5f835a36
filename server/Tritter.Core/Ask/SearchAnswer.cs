using System.Text.RegularExpressions;
using Tritter.Core.Answers;
using Tritter.Core.CSharp;

namespace Tritter.Core.Ask;

/// <summary>The nearest pieces of the repository: what they say of themselves in comments and prose, and the code of the best.</summary>
internal static partial class SearchAnswer
{
    private const int MostLooked = 120;
    private const int MostShown = 5;
    private const int MostLines = 12;

    private static readonly HashSet<string> _stopWords = new(StringComparer.Ordinal)
    {
        "a", "an", "the", "is", "are", "was", "do", "does", "did", "i", "we", "you", "it", "its", "in", "of", "to", "for", "on", "at", "by", "from", "with", "and", "or", "not", "if", "when", "where", "what",
        "who", "which", "how", "why", "can", "could", "should", "would", "will", "all", "any", "list", "find", "show", "me", "give", "tell", "explain", "describe", "that", "this", "there", "be", "has",
        "have", "code", "happen", "happens", "decide", "decides", "decided", "handled", "done", "made", "place", "way", "work", "works", "into", "about", "as", "so", "than", "then", "gets", "get", "one",
    };

    /// <returns>The words that were searched for.</returns>
    public static IReadOnlyList<string> Write(AnswerWriter to, AskSources sources, Question question, CancellationToken cancellationToken)
    {
        string[] words = [.. Words().Matches(question.Text).Select(m => m.Value).Where(w => !_stopWords.Contains(w.ToLowerInvariant())).Distinct(StringComparer.OrdinalIgnoreCase)];
        if (words.Length == 0)
        {
            return [];
        }

        string[] stems = [.. words.Select(w => Stem(w.ToLowerInvariant())).Distinct()];
        string[] variants = [.. words.Concat(words.Select(w => Stem(w.ToLowerInvariant()))).Concat(words.SelectMany(w => Forms(Stem(w.ToLowerInvariant())))).Distinct(StringComparer.OrdinalIgnoreCase)];
        bool asksForTests = stems.Contains("test");
        Found[] ranked =
        [
            .. sources.Search(string.Join(' ', variants), MostLooked)
                .Select(f => f with { Score = f.Score * Covered(f, stems) * (TestPath().IsMatch(f.Path) && !asksForTests ? 0.45 : 1) * (IsChangelog(f.Path) ? 0.2 : IsProse(f.Path) ? 0.6 : 1) })
                .OrderByDescending(f => f.Score).ThenBy(f => f.Path, StringComparer.Ordinal).ThenBy(f => f.Start),
        ];
        Found[] shown = [.. ranked.DistinctBy(f => (f.Path, f.Symbol ?? $"{f.Start}")).Take(MostShown)];
        cancellationToken.ThrowIfCancellationRequested();
        if (shown.Length == 0)
        {
            return words;
        }

        to.Paragraph("The nearest that was found, by words:");
        to.Line();
        foreach (Found found in shown)
        {
            string piece = found.FileText.Substring(found.Start, found.Length);
            (int start, int length) = BestLine(piece, stems);
            string cite = to.Cite(found.Path, found.FileText, found.Start + start, length, found.Symbol);
            string name = found.Symbol is { } symbol ? AnswerWriter.Code(symbol) : AnswerWriter.Code(Path.GetFileName(found.Path));
            to.Line($"- {name} in {AnswerWriter.Code(Path.GetFileName(found.Path))}{cite}{(Sentence(piece, stems) is { Length: > 0 } says ? ": " + says : "")}");
        }

        Found best = shown[0];
        to.Paragraph($"```{GraphAnswers.Language(best.Path)}\n{Head(best, stems)}\n```");
        return words;
    }

    /// <summary>How many of the words it has, those in its name counted twice: from 0.3 to 1.5.</summary>
    private static double Covered(Found found, string[] stems)
    {
        string text = found.FileText.AsSpan(found.Start, found.Length).ToString().ToLowerInvariant();
        string name = (found.Symbol ?? "").ToLowerInvariant() + " " + Path.GetFileNameWithoutExtension(found.Path).ToLowerInvariant();
        int has = stems.Count(text.Contains);
        int named = stems.Count(name.Contains);
        return 0.3 + ((0.7 * has) + (0.5 * named)) / stems.Length;
    }

    /// <summary>The line with most of the words.</summary>
    private static (int Start, int Length) BestLine(string piece, string[] stems)
    {
        (int Start, int Length, int Score) best = (0, 0, -1);
        int start = 0;
        foreach (string line in piece.Split('\n'))
        {
            string lower = line.ToLowerInvariant();
            int score = stems.Count(lower.Contains);
            int trimmed = line.Length - line.TrimStart().Length;
            if (line.Trim().Length > 0 && score > best.Score)
            {
                best = (start + trimmed, line.Trim().Length, score);
            }

            start += line.Length + 1;
        }

        return best.Score < 0 ? (0, Math.Max(1, piece.Length)) : (best.Start, best.Length);
    }

    /// <summary>The sentence of a comment or of prose with most of the words; empty when none has any.</summary>
    private static string Sentence(string piece, string[] stems)
    {
        string prose = string.Join(' ', piece.Split('\n').Select(l => l.Trim()).Where(l => CommentLine().IsMatch(l) || LooksLikeProse(l)).Select(l => Tags().Replace(CommentMarks().Replace(l, ""), "")));
        return prose.Split(". ").Select(s => s.Trim()).Where(s => s.Length is > 15 and < 300)
            .Select(s => (Text: s, Score: stems.Count(s.ToLowerInvariant().Contains))).Where(s => s.Score > 0).OrderByDescending(s => s.Score).Select(s => s.Text.TrimEnd('.') + ".").FirstOrDefault() ?? "";
    }

    private static bool LooksLikeProse(string line) => line.Length > 30 && line.Count(c => c == ' ') > 5 && line.AsSpan().IndexOfAny("{}();=") < 0;

    private static string Head(Found found, string[] stems)
    {
        (int start, int length) = BestLine(found.FileText.Substring(found.Start, found.Length), stems);
        string[] lines = found.FileText.Substring(found.Start, found.Length).Trim('\r', '\n').Split('\n');
        return lines.Length <= MostLines ? Excerpt.Around(found.FileText, found.Start, found.Start + found.Length - 1, 0) : Excerpt.Around(found.FileText, found.Start + start, found.Start + start + length, 4);
    }

    /// <summary>Questions are about code first; prose about it comes after.</summary>
    private static bool IsProse(string path) => Path.GetExtension(path).ToLowerInvariant() is ".md" or ".rst" or ".txt" or ".adoc";

    private static bool IsChangelog(string path) => Path.GetFileName(path).StartsWith("change", StringComparison.OrdinalIgnoreCase) || Path.GetFileName(path).StartsWith("history", StringComparison.OrdinalIgnoreCase);

    /// <summary>Without the endings that plural, past and progress have.</summary>
    private static string Stem(string word) => word.Length > 5 && word.EndsWith("ing", StringComparison.Ordinal) ? word[..^3]
        : word.Length > 4 && word.EndsWith("ies", StringComparison.Ordinal) ? word[..^3] + "y"
        : word.Length > 4 && word.EndsWith("ed", StringComparison.Ordinal) ? word[..^2]
        : word.Length > 3 && word.EndsWith('s') && !word.EndsWith("ss", StringComparison.Ordinal) ? word[..^1]
        : word;

    private static IEnumerable<string> Forms(string stem) => stem.Length < 3 ? [] : [stem + "s", stem + "e", stem + "ed", stem + "er", stem + "ing"];

    [GeneratedRegex(@"[A-Za-z_][\w]{1,}")]
    private static partial Regex Words();

    [GeneratedRegex(@"(?:^|/)(?:tests?|spec|benchmarks?|examples?)/|[._-](?:test|spec|tests)\.|\.Tests?/|Tests?\.cs$|(?:^|/)test_", RegexOptions.IgnoreCase)]
    private static partial Regex TestPath();

    [GeneratedRegex(@"^(?://|#|\*|/\*|""""""|''')")]
    private static partial Regex CommentLine();

    [GeneratedRegex(@"^(?:///?|#+!?|\*+/?|/\*+|""""""|''')\s?")]
    private static partial Regex CommentMarks();

    [GeneratedRegex(@"</?[a-zA-Z][^>]*>")]
    private static partial Regex Tags();
}
