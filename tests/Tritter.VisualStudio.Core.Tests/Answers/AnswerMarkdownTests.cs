using Tritter.VisualStudio.Answers;
using Tritter.VisualStudio.Protocol;

namespace Tritter.VisualStudio.Tests.Answers;

public sealed class AnswerMarkdownTests
{
    [Fact]
    public void EveryKindOfBlock_IsFound() => Check(
        """
        ## What it *does*

        Adds a `price`, see [[1]](citation:1) and
        [the docs](https://example.org/a).

        - **first** 2 * 3 * 4
          - second
        1. third

        ```csharp
        _prices.Add(price);

        // done
        ```
        Last\_line
        """,
        """
        Heading 2: What it |Emphasis does|
        Paragraph 0: Adds a |Code price|, see |Citation [1] 1| and |Link the docs https://example.org/a|.
        ListItem 0 •: |Strong first| 2 * 3 * 4
        ListItem 1 •: second
        ListItem 0 1.: third
        Code 0 csharp: |Code _prices.Add(price);⏎⏎// done|
        Paragraph 0: Last_line
        """);

    [Fact]
    public void BackticksInCode_NeedMoreAroundIt() => Check("``a ` b`` and `c`", "Paragraph 0: |Code a ` b| and |Code c|");

    [Fact]
    public void SignsThatOpenNothing_AreText() => Check("a * b [x] `c ** d", "Paragraph 0: a * b [x] `c ** d");

    [Fact]
    public void CodeThatIsStillStreamed_IsCode() => Check("```\nint x", "Code 0: |Code int x|");

    [Fact]
    public void ALongerFence_HoldsAShorterOne() => Check("````\n```\n````", "Code 0: |Code ```|");

    [Fact]
    public void NoPrefixOfAnAnswer_ThrowsOrLosesWords()
    {
        const string Text = "# A\n\nSee [[12]](citation:12) `x`.\n- b **c**\n\n```cs\nd\n```\n";
        for (int length = 0; length <= Text.Length; length++)
        {
            var answer = new StreamedAnswer();
            answer.Append(Text[..length]);

            string shown = string.Concat(answer.Blocks.SelectMany(b => b.Spans).Select(s => s.Text));

            Assert.DoesNotContain("citation:", shown, StringComparison.Ordinal);
            Assert.Equal(Text[..length].Contains("See", StringComparison.Ordinal), shown.Contains("See", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void TheWholeAnswer_ReplacesItsPartsAndKnowsWhatItCites()
    {
        var answer = new StreamedAnswer();
        answer.Append("part");
        var citation = new Citation(3, "file:///a.cs", "a.cs", new TextRange(new Position(1, 0), new Position(2, 0)));
        answer.Complete(new Answer("See [[3]](citation:3), [[4]](citation:4)", Exact: true, Citations: [citation]));

        AnswerBlock block = Assert.Single(answer.Blocks);
        AnswerSpan[] cited = [.. block.Spans.Where(s => s.Kind == SpanKind.Citation)];

        Assert.Equal([citation, null], cited.Select(answer.Cited));
    }

    [Theory]
    [InlineData(true, null, null, "no model wrote it")]
    [InlineData(false, "tritter-100m", null, "tritter-100m on this machine")]
    [InlineData(false, "big", "192.168.0.2", "Words of big; code was sent to 192.168.0.2")]
    [InlineData(true, null, "192.168.0.2", "Code was sent to 192.168.0.2")]
    [InlineData(true, "big", null, "big on this machine")]
    [InlineData(false, null, null, "From the sources")]
    public void Provenance_SaysWhoWroteIt(bool exact, string? model, string? remote, string expected)
    {
        var answer = new StreamedAnswer();
        Assert.Equal("", answer.Provenance);

        answer.Complete(new Answer("x", Exact: exact, Model: model, Remote: remote));

        Assert.Contains(expected, answer.Provenance, StringComparison.Ordinal);
    }

    private static void Check(string markdown, string expected) =>
        Assert.Equal(expected.ReplaceLineEndings("\n"), string.Join("\n", AnswerMarkdown.Parse(markdown).Select(Show)));

    private static string Show(AnswerBlock block) =>
        $"{block.Kind} {block.Level}{(block.Marker.Length > 0 ? " " + block.Marker : "")}: {string.Concat(block.Spans.Select(Show))}";

    private static string Show(AnswerSpan span) => span.Kind == SpanKind.Text
        ? span.Text
        : $"|{span.Kind} {span.Text.Replace("\n", "⏎", StringComparison.Ordinal)}{(span.Target.Length > 0 ? " " + span.Target : "")}|";
}
