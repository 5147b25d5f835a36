using System.Text;
using Tritter.Core.Documents;

namespace Tritter.Core.Answers;

/// <summary>
/// Writes an answer's Markdown and keeps its citations. A citation is compared with the file's current text the moment it is made: text that
/// has moved is cited where it is now, text that has changed is marked stale, and a place that is gone is not cited. For one thread.
/// </summary>
/// <param name="currentText">The text of a file by its full path: an open document's, else the disk's; null when there is no such file.</param>
/// <param name="onText">Told of each piece of Markdown as soon as it is final.</param>
public sealed class AnswerWriter(Func<string, string?> currentText, Action<string>? onText = null)
{
    private readonly StringBuilder _markdown = new();
    private readonly List<Citation> _citations = [];
    private readonly Dictionary<(string Path, int Start, int Length), int> _numbers = [];
    private readonly Dictionary<string, (string Text, LineIndex Lines)?> _texts = new(StringComparer.Ordinal);

    public IReadOnlyList<Citation> Citations => _citations;

    /// <summary>Characters written so far.</summary>
    public int Length => _markdown.Length;

    public void Write(string markdown)
    {
        if (markdown.Length > 0)
        {
            _markdown.Append(markdown);
            onText?.Invoke(markdown);
        }
    }

    public void Line(string markdown = "") => Write(markdown + "\n");

    /// <summary>A paragraph, with an empty line before it unless it is the first.</summary>
    public void Paragraph(string markdown) => Write((_markdown.Length == 0 ? "" : "\n") + markdown + "\n");

    /// <summary>The link that cites a place, with a blank before it; empty when the file or the place is gone.</summary>
    /// <param name="path">Full path with '/' separators.</param>
    /// <param name="seen">The file's text that the statement was made about.</param>
    /// <param name="start">Offset in <paramref name="seen"/>.</param>
    /// <param name="symbol">See <see cref="Citation.Symbol"/>.</param>
    public string Cite(string path, string seen, int start, int length, string? symbol = null)
    {
        if (Current(path) is not { } now || Find(now.Text, seen, start, length) is not { } found)
        {
            return "";
        }

        if (!_numbers.TryGetValue((path, found.Start, length), out int id))
        {
            id = _citations.Count + 1;
            _numbers.Add((path, found.Start, length), id);
            int end = Math.Min(found.Start + length, now.Text.Length);
            _citations.Add(new Citation(
                id,
                path,
                found.Start,
                end - found.Start,
                now.Lines.PositionOf(found.Start, PositionEncoding.Utf16),
                now.Lines.PositionOf(end, PositionEncoding.Utf16),
                symbol,
                Citation.HashOf(seen.AsSpan(start, length)),
                found.IsStale));
        }

        return $" [[{id}]](citation:{id})";
    }

    public Answer Finish(string kind, bool isExact, Searched searched, string? model = null, string? remote = null) =>
        new(_markdown.ToString(), kind, isExact, [.. _citations], searched, model, remote);

    /// <summary>Code that may stand in a line of Markdown.</summary>
    public static string Code(string text)
    {
        string line = string.Join(' ', text.Split((char[])[' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries));
        return line.Contains('`', StringComparison.Ordinal) ? $"`` {line} ``" : $"`{line}`";
    }

    private (string Text, LineIndex Lines)? Current(string path)
    {
        if (!_texts.TryGetValue(path, out (string Text, LineIndex Lines)? known))
        {
            _texts[path] = known = currentText(path) is { } text ? (text, new LineIndex(text)) : null;
        }

        return known;
    }

    /// <summary>Where a text that was seen at a place is now: there, or where it alone occurs; else the place, stale, if it still exists.</summary>
    private static (int Start, bool IsStale)? Find(string now, string seen, int start, int length)
    {
        ReadOnlySpan<char> cited = seen.AsSpan(start, length);
        if (ReferenceEquals(now, seen) || (start + length <= now.Length && now.AsSpan(start, length).SequenceEqual(cited)))
        {
            return (start, false);
        }

        int first = now.AsSpan().IndexOf(cited);
        if (first >= 0 && length > 0 && now.AsSpan(first + 1).IndexOf(cited) < 0)
        {
            return (first, false);
        }

        return start < now.Length ? (start, true) : null;
    }
}
