using System.Globalization;
using Microsoft.CodeAnalysis;
using Tritter.Core.Answers;
using Tritter.Core.CSharp;
using static Tritter.Core.Explain.Citing;

namespace Tritter.Core.Explain;

/// <summary>The text about the last changes of some lines.</summary>
internal static class HistoryText
{
    public static void Write(AnswerWriter to, ExplainSources sources, IReadOnlyList<SyntaxNode> declarations)
    {
        if (declarations.Count == 0 || sources.History is null)
        {
            return;
        }

        SyntaxNode node = declarations[0];
        FileLinePositionSpan lines = node.GetLocation().GetLineSpan();
        string text = node.SyntaxTree.GetText().ToString();
        if (sources.History(node.SyntaxTree.FilePath, text, lines.StartLinePosition.Line + 1, lines.EndLinePosition.Line + 1) is not { } history)
        {
            return;
        }

        var sentences = new List<string>();
        if (history.Uncommitted > 0)
        {
            sentences.Add($"{Count(history.Uncommitted, "line")} not committed yet.");
        }

        if (history.Last is { } last)
        {
            string when = last.Date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
            sentences.Add($"{when} by {Escape(last.Author)} in `{last.Id}`: “{Escape(last.Subject)}”.");
            if (history.Commits > 1 && history.First is { } first)
            {
                sentences.Add($"Its lines come from {history.Commits} commits, the oldest of {first.Date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}.");
            }
        }

        if (sentences.Count > 0)
        {
            to.Paragraph($"**Last changed:** {string.Join(' ', sentences)}{to.Cite(node.SyntaxTree, node.Span)}");
        }
    }

    /// <summary>Other people's words must not become Markdown.</summary>
    private static string Escape(string text) => string.Concat(text.Select(c => c is '[' or ']' or '*' or '_' or '`' or '<' or '\\' ? $"\\{c}" : c.ToString()));
}
