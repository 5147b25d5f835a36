using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Tritter.Core.Answers;
using Tritter.Core.Completion;
using Tritter.Core.Context;
using Tritter.Core.Secrets;

namespace Tritter.Core.Phrasing;

/// <summary>What a model is given to phrase an answer from. Pure.</summary>
/// <param name="Text">The question, the findings and the excerpts; without secrets, and without what may not be shown.</param>
/// <param name="Excerpts">How many pieces of files are in it.</param>
/// <param name="Citations">Numbers of the citations that it may use.</param>
public sealed partial record PhrasingMaterial(string Text, int Excerpts, IReadOnlySet<int> Citations)
{
    public const string Instructions =
        "You explain a code repository to a developer. Use only the findings and the excerpts that you are given: they come from the compiler and the index, and are right. "
        + "Answer the question in a few plain sentences, without headings and without code blocks. Behind each statement put the number of the excerpt or finding that it rests on, as [3]. "
        + "Put names of code in backticks and use no name that is not in the material. If the material does not answer the question, say so.";

    private const int LinesBefore = 2;
    private const int FewestLines = 10;
    private const int MostCharactersOfOne = 2000;

    /// <param name="earlier">Questions of the same conversation, oldest first.</param>
    /// <param name="text">A file's current text by its full path; null when there is none.</param>
    /// <param name="name">How a full path is called; null for a file that is not to be shown, nor anything said of it.</param>
    /// <param name="maxCharacters">Of everything.</param>
    public static PhrasingMaterial Of(
        string question, IReadOnlyList<string> earlier, Answer found, Func<string, string?> text, Func<string, string?> name, int maxCharacters)
    {
        HashSet<int> allowed = [.. found.Citations.Where(c => name(c.Path) is not null).Select(c => c.Id)];
        string findings = Limited(SecretScan.Redact("findings.md", Findings(found.Markdown, allowed)), maxCharacters / 2);
        var head = new StringBuilder();
        if (earlier.Count > 0)
        {
            head.Append("Asked before: ").AppendJoin(" · ", earlier).Append("\n\n");
        }

        head.Append("Question: ").Append(question).Append("\n\nFindings:\n").Append(findings.Trim()).Append("\n\nExcerpts:\n");
        IEnumerable<ContextCandidate> candidates = found.Citations
            .Where(c => allowed.Contains(c.Id) && !c.IsStale && text(c.Path) is not null)
            .Select(c => Candidate(c, text(c.Path)!, name(c.Path)!));
        IReadOnlyList<ContextPiece> pieces = ContextRanking.Choose(candidates, findings, new HashSet<string>(), Math.Max(0, maxCharacters - head.Length));
        foreach (ContextPiece piece in pieces.OrderBy(p => int.Parse(Number().Match(p.Path).Groups[1].ValueSpan, CultureInfo.InvariantCulture)))
        {
            head.Append(piece.Path).Append('\n').Append(piece.Text).Append('\n');
        }

        return new PhrasingMaterial(head.ToString(), pieces.Count, allowed);
    }

    private static ContextCandidate Candidate(Citation citation, string text, string name)
    {
        string[] lines = SecretScan.Redact(citation.Path, text).Split('\n');
        int first = Math.Max(0, citation.From.Line - LinesBefore);
        int last = Math.Min(lines.Length - 1, Math.Max(citation.To.Line, first + FewestLines));
        string shown = string.Join('\n', lines[first..(last + 1)].Select(l => l.TrimEnd()));
        string header = string.Create(CultureInfo.InvariantCulture, $"[{citation.Id}] {name}:{first + 1}{(citation.Symbol is { } symbol ? $" ({symbol})" : "")}");
        // The order of the citations is that of their weight; a piece of each file's names alone is never a guess.
        return new ContextCandidate(header, first, Limited(shown, MostCharactersOfOne), -citation.Id, RetrievalSources.Names);
    }

    /// <summary>The answer's text with plain numbers, without the lines that rest on what may not be shown and the code below them.</summary>
    private static string Findings(string markdown, HashSet<int> allowed)
    {
        var kept = new StringBuilder();
        bool isHiding = false, isInCode = false;
        foreach (string line in markdown.Split('\n'))
        {
            bool isFence = line.TrimStart().StartsWith("```", StringComparison.Ordinal);
            int[] cited = [.. Link().Matches(line).Select(m => int.Parse(m.Groups[1].ValueSpan, CultureInfo.InvariantCulture))];
            isHiding = cited.Length > 0 ? !cited.All(allowed.Contains) : isHiding && (isFence || isInCode || string.IsNullOrWhiteSpace(line));
            isInCode ^= isFence;
            if (!isHiding)
            {
                kept.Append(Link().Replace(line, "[$1]")).Append('\n');
            }
        }

        return kept.ToString();
    }

    private static string Limited(string text, int characters) => text.Length <= characters ? text : text[..Math.Max(0, text.LastIndexOf('\n', Math.Max(0, characters)))];

    [GeneratedRegex(@"\[\[(\d+)\]\]\(citation:\d+\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^\[(\d+)\]")]
    private static partial Regex Number();
}
