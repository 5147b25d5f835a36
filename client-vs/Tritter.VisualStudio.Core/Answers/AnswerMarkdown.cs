using System.Globalization;
using System.Text.RegularExpressions;

namespace Tritter.VisualStudio.Answers;

/// <summary>
/// Reads the Markdown that the server writes: paragraphs, headings, lists, fenced code, and in them code, emphasis, links and citations. It takes
/// texts that stop anywhere, as they do while an answer is streamed. (A library for all of Markdown would be one more assembly, with
/// dependencies of its own, in Visual Studio's process.)
/// </summary>
public static class AnswerMarkdown
{
    private static readonly Regex _heading = new(@"^(#{1,6})\s+(.*?)\s*#*$");
    private static readonly Regex _listItem = new(@"^(\s*)([-*+]|\d+[.)])\s+(.*)$");
    private static readonly Regex _fence = new(@"^\s*(`{3,}|~{3,})\s*([^`\s]*)[^`]*$");
    private static readonly Regex _span = new(
        @"(?<ticks>`+)(?<code>.+?)(?<!`)\k<ticks>(?!`)|\[\[(?<number>\d+)\]\]\(citation:(?<id>\d+)\)|\[(?<label>[^\[\]]+)\]\((?<url>[^()\s]+)\)"
        + @"|\*\*(?<strong>[^*]+)\*\*|(?<![\w*])\*(?<em>[^*\s][^*]*)\*(?![\w*])|\\(?<escaped>[\\`*_{}\[\]()#+\-.!<>|])",
        RegexOptions.Singleline);

    public static IReadOnlyList<AnswerBlock> Parse(string markdown)
    {
        var blocks = new List<AnswerBlock>();
        var paragraph = new List<string>();
        string[] lines = markdown.Replace("\r\n", "\n").Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i];
            if (_fence.Match(line) is { Success: true } fence)
            {
                Flush();
                int end = EndOfCode(lines, i + 1, fence.Groups[1].Value);
                string code = string.Join("\n", lines.Skip(i + 1).Take(end - i - 1));
                blocks.Add(new AnswerBlock(BlockKind.Code, 0, fence.Groups[2].Value, [new AnswerSpan(SpanKind.Code, code)]));
                i = end;
            }
            else if (_heading.Match(line) is { Success: true } heading)
            {
                Flush();
                blocks.Add(new AnswerBlock(BlockKind.Heading, heading.Groups[1].Length, "", Spans(heading.Groups[2].Value)));
            }
            else if (_listItem.Match(line) is { Success: true } item)
            {
                Flush();
                string marker = char.IsDigit(item.Groups[2].Value[0]) ? item.Groups[2].Value : "•";
                blocks.Add(new AnswerBlock(BlockKind.ListItem, item.Groups[1].Length / 2, marker, Spans(item.Groups[3].Value)));
            }
            else if (line.Trim().Length == 0)
            {
                Flush();
            }
            else
            {
                paragraph.Add(line.Trim());
            }
        }

        Flush();
        return blocks;

        void Flush()
        {
            if (paragraph.Count > 0)
            {
                blocks.Add(new AnswerBlock(BlockKind.Paragraph, 0, "", Spans(string.Join(" ", paragraph))));
                paragraph.Clear();
            }
        }
    }

    /// <summary>The line of the closing fence; the number of lines when the code is still being streamed.</summary>
    private static int EndOfCode(string[] lines, int from, string fence)
    {
        int i = from;
        while (i < lines.Length && !(lines[i].Trim() is var line && line.Length >= fence.Length && line.Trim(fence[0]).Length == 0))
        {
            i++;
        }

        return i;
    }

    private static List<AnswerSpan> Spans(string text)
    {
        var spans = new List<AnswerSpan>();
        int from = 0;
        foreach (Match match in _span.Matches(text))
        {
            AddText(text.Substring(from, match.Index - from));
            from = match.Index + match.Length;
            if (match.Groups["escaped"] is { Success: true } escaped)
            {
                AddText(escaped.Value);
            }
            else
            {
                spans.Add(SpanOf(match));
            }
        }

        AddText(text.Substring(from));
        return spans;

        void AddText(string part)
        {
            if (spans.Count > 0 && spans[spans.Count - 1] is { Kind: SpanKind.Text } last)
            {
                spans[spans.Count - 1] = last with { Text = last.Text + part };
            }
            else if (part.Length > 0)
            {
                spans.Add(new AnswerSpan(SpanKind.Text, part));
            }
        }
    }

    private static AnswerSpan SpanOf(Match match) => match.Groups switch
    {
        var g when g["code"].Success => new AnswerSpan(SpanKind.Code, g["code"].Value),
        var g when g["id"].Success => new AnswerSpan(SpanKind.Citation, string.Format(CultureInfo.InvariantCulture, "[{0}]", g["number"].Value), g["id"].Value),
        var g when g["url"].Success => new AnswerSpan(SpanKind.Link, g["label"].Value, g["url"].Value),
        var g when g["strong"].Success => new AnswerSpan(SpanKind.Strong, g["strong"].Value),
        var g => new AnswerSpan(SpanKind.Emphasis, g["em"].Value),
    };
}
