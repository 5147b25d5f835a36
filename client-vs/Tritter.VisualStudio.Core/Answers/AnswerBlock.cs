namespace Tritter.VisualStudio.Answers;

public enum BlockKind
{
    Paragraph,
    Heading,
    ListItem,
    Code,
}

/// <summary>A piece of an answer that stands on lines of its own.</summary>
/// <param name="Level">1 to 6 for headings; the depth of list items, from 0; else 0.</param>
/// <param name="Marker">What stands before a list item; the language of code; else empty.</param>
/// <param name="Spans">For code exactly one, with its line ends.</param>
public sealed record AnswerBlock(BlockKind Kind, int Level, string Marker, IReadOnlyList<AnswerSpan> Spans);

public enum SpanKind
{
    Text,
    Strong,
    Emphasis,
    Code,
    Link,
    Citation,
}

/// <summary>A run of text of one kind.</summary>
/// <param name="Target">The address of a link, the number of a citation; else empty.</param>
public sealed record AnswerSpan(SpanKind Kind, string Text, string Target = "");
