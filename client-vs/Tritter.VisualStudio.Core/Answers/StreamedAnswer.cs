using System.Text;
using Tritter.VisualStudio.Protocol;

namespace Tritter.VisualStudio.Answers;

/// <summary>One answer while it arrives: the parts are shown, and the whole replaces them. Used by one thread at a time.</summary>
public sealed class StreamedAnswer
{
    private readonly StringBuilder _markdown = new();

    /// <summary>Null until the answer is whole.</summary>
    public Answer? Whole { get; private set; }

    /// <summary>What can be shown now. A citation that has only half arrived waits for its other half.</summary>
    public IReadOnlyList<AnswerBlock> Blocks => AnswerMarkdown.Parse(Whole?.Markdown ?? WithoutHalfCitation(_markdown.ToString()));

    public void Append(string markdown) => _markdown.Append(markdown);

    public void Complete(Answer answer) => Whole = answer;

    /// <summary>The place that a citation span names; null when the answer has none of that number yet.</summary>
    public Citation? Cited(AnswerSpan span) =>
        Whole?.Citations?.FirstOrDefault(c => span.Kind == SpanKind.Citation && c.Id.ToString(System.Globalization.CultureInfo.InvariantCulture) == span.Target);

    /// <summary>One line on where the answer comes from; empty until it is whole.</summary>
    public string Provenance => Whole switch
    {
        null => "",
        { Remote: { } host, Model: { } model } => $"Words of {model}; code was sent to {host}; check them",
        { Remote: { } host } => $"Code was sent to {host}",
        { Exact: true, Model: null } => "From the compiler and the sources; no model wrote it",
        { Model: { } model } => $"Written by {model} on this machine; check it",
        _ => "From the sources of this repository",
    };

    private static string WithoutHalfCitation(string markdown)
    {
        int start = markdown.LastIndexOf("[", StringComparison.Ordinal);
        start = start > 0 && markdown[start - 1] == '[' ? start - 1 : start;
        bool isHalf = start >= 0 && markdown.IndexOf(')', start) < 0 && markdown.Length - start < MostOfACitation && markdown.IndexOf('\n', start) < 0;
        return isHalf ? markdown.Substring(0, start) : markdown;
    }

    // "[[123456]](citation:123456)", with room to spare.
    private const int MostOfACitation = 40;
}
