using Tritter.VisualStudio.Completion;
using Tritter.VisualStudio.Protocol;
using Tritter.VisualStudio.Text;

namespace Tritter.VisualStudio.Tests.Completion;

public sealed class SuggestionTests
{
    [Theory]
    [InlineData("foo.$0", "bar()", "foo.bar()$0")]
    [InlineData("foo.$0 // end", "bar()", "foo.bar()$0 // end")]
    public void Accepted_ItStandsAtTheCursor(string marked, string text, string expected)
    {
        (Suggestion suggestion, string document) = Suggest(marked, text);

        Assert.Equal(expected, Accept(suggestion, document));
    }

    // The range is between the bars; what the suggestion replaces is shown as insertions around it wherever that is possible.
    [Theory]
    [InlineData("f(|$0)|;", "a, b)", "+2'a, b'")]
    [InlineData("f(|$0)|;", "g(a))", "+2'g(a)'")]
    [InlineData("f(|$0])|;", "x[0])", "+2'x[0'")]
    [InlineData("|$0()|", "f(x)", "+0'f' +1'x'")]
    [InlineData("|$0ab|", "xyz", "0-2'xyz'")]
    [InlineData("|pri$0|", "prices", "+3'ces'")]
    public void ReplacedText_StaysWhereItIsPartOfTheSuggestion(string marked, string text, string expected)
    {
        (Suggestion suggestion, string document) = Suggest(marked, text);

        Assert.Equal(expected, string.Join(" ", suggestion.Edits(document).Select(e => e.OldLength == 0 ? $"+{e.Start}'{e.NewText}'" : $"{e.Start}-{e.OldEnd}'{e.NewText}'")));
    }

    [Theory]
    [InlineData("|pre$0|", "other")] // says something else in front of the cursor
    [InlineData("$0ab|c|", "x")] // elsewhere
    [InlineData("|pre$0|", "pre")] // adds nothing
    [InlineData("a$0", "")]
    [InlineData("|$0)|", ")")]
    public void WhatCannotBeShownAsGreyText_IsNoSuggestion(string marked, string text) => Assert.Null(TrySuggest(marked, text).Suggestion);

    [Theory]
    [InlineData("b", "ar()")]
    [InlineData("bar(", ")")]
    [InlineData("x", null)]
    [InlineData("bar()", null)] // nothing remains
    [InlineData("barr", null)]
    public void TypedThrough_TheRestRemains(string typed, string? remaining)
    {
        (Suggestion suggestion, string document) = Suggest("foo.$0;", "bar()");

        Suggestion? after = suggestion.After([new TextEdit(suggestion.Caret, 0, typed)]);

        Assert.Equal(remaining, after?.Remaining);
        if (after is not null)
        {
            Assert.Equal("foo.bar()$0;", Accept(after, document.Insert(suggestion.Caret, typed)));
        }
    }

    // An editor that closes brackets and quotes writes more than was typed; the cursor stays in between.
    [Theory]
    [InlineData("f$0;", "(a, b)", "()", 1, "a, b)", "f(a, b)$0;")]
    [InlineData("f$0;", "(\"x\")", "()", 1, "\"x\")", "f(\"x\")$0;")]
    [InlineData("s = $0;", "\"x\"", "\"\"", 1, "x\"", "s = \"x\"$0;")]
    [InlineData("f$0;", "(a", "()", 1, null, null)] // It does not close what the editor closed.
    public void ClosedBrackets_BelongToTheSuggestionThatWritesThem(string marked, string text, string inserted, int typed, string? remaining, string? expected)
    {
        (Suggestion suggestion, string document) = Suggest(marked, text);

        Suggestion? after = suggestion.After([new TextEdit(suggestion.Caret, 0, inserted)], suggestion.Caret + typed);

        Assert.Equal(remaining, after?.Remaining);
        if (after is not null)
        {
            Assert.Equal(expected, Accept(after, document.Insert(suggestion.Caret, inserted)));
        }
    }

    [Fact]
    public void TypedAndTakenBack_ItIsWholeAgain()
    {
        (Suggestion suggestion, _) = Suggest("foo.$0", "bar()");

        Suggestion? typed = suggestion.After([new TextEdit(4, 0, "bar")]);
        Suggestion? back = typed!.After([new TextEdit(5, 2, "")]);

        Assert.Equal("ar()", back!.Remaining);
        Assert.Equal(suggestion, back.After([new TextEdit(4, 1, "")]));
        Assert.Null(suggestion.After([new TextEdit(3, 1, "")])); // further back than where it began
    }

    [Fact]
    public void EditsElsewhere_EndIt()
    {
        (Suggestion suggestion, _) = Suggest("foo.$0\nx", "bar()");

        Assert.Null(suggestion.After([new TextEdit(5, 1, "y")]));
        Assert.Null(suggestion.After([new TextEdit(0, 0, "b")]));
        Assert.Null(suggestion.After([new TextEdit(4, 0, "b"), new TextEdit(5, 1, "y")]));
    }

    [Theory]
    [InlineData("a\r\n$0", "b\nc\n", "a\r\nb\r\nc\r\n$0")]
    [InlineData("a\n$0", "b\r\nc", "a\nb\nc$0")]
    [InlineData("a$0", "b\nc", "ab\nc$0")]
    public void LineEnds_AreTheDocuments(string marked, string text, string expected)
    {
        (Suggestion suggestion, string document) = Suggest(marked, text);

        Assert.Equal(expected, Accept(suggestion, document));
    }

    [Theory]
    [InlineData("|ab$0|", "abcd", 1, 3)] // what was typed counts, too
    [InlineData("x\r\n$0", "b\ncd", 4, 3)] // the \r is ours, not the server's
    [InlineData("x\n$0", "b\ncd", 3, 3)]
    public void AcceptedLength_CountsTheServersOwnText(string marked, string text, int remaining, int expected) =>
        Assert.Equal(expected, Suggest(marked, text).Suggestion.AcceptedLength(remaining));

    [Fact]
    public void PartlyAccepted_ItGoesOnBehindThePart()
    {
        (Suggestion suggestion, string document) = Suggest("f(|$0)|;", "first, second)");
        IReadOnlyList<TextEdit> word = suggestion.PartialEdits(NextPart.Word(suggestion.Remaining));
        document = TextEdit.Apply(document, word);

        Suggestion? rest = suggestion.After(word);

        Assert.Equal("f(first);", document);
        Assert.Equal("f(first, second)$0;", Accept(rest!, document));
    }

    private static (Suggestion Suggestion, string Document) Suggest(string marked, string text)
    {
        (Suggestion? suggestion, string document) = TrySuggest(marked, text);
        Assert.NotNull(suggestion);
        return (suggestion, document);
    }

    // $0 is the cursor; the two bars, if there are any, are the range.
    private static (Suggestion? Suggestion, string Document) TrySuggest(string marked, string text)
    {
        (string withBars, _) = Marked.Cursor(marked);
        string document = withBars.Replace("|", "", StringComparison.Ordinal);
        int caret = marked.Replace("|", "", StringComparison.Ordinal).IndexOf("$0", StringComparison.Ordinal);
        bool hasBars = withBars.Contains('|', StringComparison.Ordinal);
        int start = hasBars ? withBars.IndexOf('|', StringComparison.Ordinal) : caret;
        int end = hasBars ? withBars.LastIndexOf('|') - 1 : caret;
        return (Suggestion.Of(new InlineCompletionItem(text, new LineMap(document).RangeOf(start, end - start)), "file:///a.cs", document, caret), document);
    }

    private static string Accept(Suggestion suggestion, string document)
    {
        IReadOnlyList<TextEdit> edits = suggestion.Edits(document);
        return Marked.Mark(TextEdit.Apply(document, edits), suggestion.Start + suggestion.Text.Length);
    }
}
