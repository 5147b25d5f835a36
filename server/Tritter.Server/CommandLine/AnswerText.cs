using System.Text;
using System.Text.RegularExpressions;
using Tritter.Core.Answers;
using Tritter.Server.Answers;

namespace Tritter.Server.CommandLine;

/// <summary>An answer for people at a terminal, or for a pipe: the text with [n] and below it the places, which a terminal makes clickable.</summary>
internal static partial class AnswerText
{
    public static string Show(Answer answer, CommandOutput output)
    {
        var text = new StringBuilder(output.Shown(Links().Replace(answer.Markdown, "[$1]")).TrimEnd());
        if (output.UsesAnsi)
        {
            text = new StringBuilder(Bold().Replace(text.ToString(), "\u001b[1m$1\u001b[22m"));
        }

        text.AppendLine().AppendLine();
        foreach (Citation citation in answer.Citations)
        {
            string path = AnswerMessages.Relative(Directory.GetCurrentDirectory(), citation.Path);
            string place = $"{path}:{citation.From.Line + 1}:{citation.From.Character + 1}";
            string link = output.UsesAnsi ? $"\u001b]8;;{AnswerMessages.Uri(citation.Path)}#L{citation.From.Line + 1}\u001b\\{output.Shown(place)}\u001b]8;;\u001b\\" : output.Shown(place);
            text.Append('[').Append(citation.Id).Append("] ").Append(link)
                .Append(citation.Symbol is { } symbol ? $" {output.Shown(symbol)}" : "").AppendLine(citation.IsStale ? " (changed since it was read)" : "");
        }

        return text.ToString().TrimEnd();
    }

    [GeneratedRegex(@"\[\[(\d+)\]\]\(citation:\d+\)")]
    private static partial Regex Links();

    [GeneratedRegex(@"\*\*(.+?)\*\*")]
    private static partial Regex Bold();
}
