using Tritter.Core.Completion;

namespace Tritter.Core.Tests.Completion;

/// <summary>Typing through a suggestion, as a table: the text with the cursor at <c>$0</c>, what was suggested there, and the text afterwards.</summary>
public sealed class SuggestionCacheTests
{
    [Theory]
    [InlineData("a = $0;", "Sum(x)", "a = $0;", "Sum(x)", 0)]
    [InlineData("a = $0;", "Sum(x)", "a = S$0;", "um(x)", 0)]
    [InlineData("a = $0;", "Sum(x)", "a = Sum(x$0;", ")", 0)]
    [InlineData("a = $0;", "Sum(x)", "a = Sum(x)$0;", null, 0)]
    [InlineData("a = $0;", "Sum(x) ", "a = Sum(x)$0;", null, 0)]
    [InlineData("a = $0;", "Sum(x)", "a = s$0;", null, 0)]
    [InlineData("a = $0;", "Sum(x)", "a =$0;", null, 0)]
    [InlineData("a = $0;", "Sum(x)", "b = S$0;", null, 0)]
    [InlineData("a = $0;", "Sum(x)", "a = S$0 ;", null, 0)]
    [InlineData("a = $0;", "Sum(x)", "a = $0Sum(x);", null, 0)]
    // After an accepted line, with either line ending.
    [InlineData("{$0\n}", "\n    a();\n    b();", "{\n    a();$0\n}", "\n    b();", 0)]
    [InlineData("{$0\r\n}", "\r\n    a();\r\n    b();", "{\r\n    a();$0\r\n}", "\r\n    b();", 0)]
    [InlineData("{$0\r\n}", "\r\n    a();\r\n    b();", "{\r\n    a();\r\n    $0\r\n}", "b();", 0)]
    // Nothing to say is an answer about the same place only.
    [InlineData("a = $0;", "", "a = $0;", "", 0)]
    [InlineData("a = $0;", "", "a = S$0;", null, 0)]
    // The editor closes what is typed open.
    [InlineData("a = $0", "Sum(x);", "a = Sum($0)", "x);", 1)]
    [InlineData("a = $0", "Sum(x);", "a = Sum(x$0)", ");", 1)]
    [InlineData("a = $0", "Sum(x);", "a = Sum(x)$0", ";", 0)]
    [InlineData("a = $0", "Sum(\"x\", y);", "a = Sum(\"$0\")", "x\", y);", 2)]
    [InlineData("a = $0", "Sum(\"x\", y);", "a = Sum(\"$0)", "x\", y);", 1)]
    [InlineData("a = $0", "Sum(f(x), y);", "a = Sum($0)", "f(x), y);", 1)]
    [InlineData("a = $0", "Sum(\")\", y);", "a = Sum($0)", "\")\", y);", 1)]
    [InlineData("a = $0", "Sum(x", "a = Sum($0)", null, 0)]
    [InlineData("a = $0", "Sum(x);", "a = Sum($0]", null, 0)]
    [InlineData("a = $0", "Sum(x);", "a = Sum($0) // why", null, 0)]
    [InlineData("a = $0\n", "Sum[i];", "a = Sum[$0]\n", "i];", 1)]
    // Behind a line break the rest of the block would replace several lines: only what stands before its end is left.
    [InlineData("if (a) $0\n", "{\n    b();\n}", "if (a) {\n    $0\n}\n", "b();", 0)]
    [InlineData("if (a) $0\n", "{\n    b();\n}\nc();", "if (a) {\n    $0\n}\n", "b();", 0)]
    [InlineData("if (a) $0\r\n", "{\r\n    b();\r\n}", "if (a) {\r\n    $0\r\n}\r\n", "b();", 0)]
    [InlineData("if (a) $0\n", "{\n    b();\n}", "if (a) {\n    b();$0\n}\n", null, 0)]
    public void WhatIsLeft(string asked, string suggested, string now, string? left, int replaces)
    {
        (Cursor before, Cursor after) = (Cursor.At(asked), Cursor.At(now));
        SuggestionCache cache = SuggestionCache.Empty.With("a", Suggest(before, suggested));

        Assert.Equal(left is null ? null : new SuggestionRest(left, replaces), cache.Find("a", after.Text, after.Prefix.Length)?.Left);
        Assert.Null(cache.Find("b", after.Text, after.Prefix.Length));
    }

    [Fact]
    public void TheLatestSuggestionCounts()
    {
        SuggestionCache cache = SuggestionCache.Empty.With("a", Suggest(Cursor.At("x.$0"), "One")).With("a", Suggest(Cursor.At("x.$0"), "Other"));

        Assert.Equal("Other", cache.Find("a", "x.", 2)?.Left.Text);
        Assert.Equal("e", cache.Find("a", "x.On", 4)?.Left.Text);
    }

    [Fact]
    public void AnEditElsewhere_MakesTheSuggestionsOfOtherDocumentsWorthless()
    {
        SuggestionCache cache = SuggestionCache.Empty.With("a", Suggest(Cursor.At("x.$0"), "One")).With("b", Suggest(Cursor.At("y.$0"), "Two"));

        cache = cache.AfterEditOf("a");

        Assert.NotNull(cache.Find("a", "x.", 2));
        Assert.Null(cache.Find("b", "y.", 2));
    }

    [Fact]
    public void TheOldestGo()
    {
        SuggestionCache cache = SuggestionCache.Empty;
        for (int i = 0; i < 1000; i++)
        {
            cache = cache.With("a", Suggest(Cursor.At($"{i}.$0"), "One"));
        }

        Assert.InRange(cache.Count, 2, 100);
        Assert.NotNull(cache.Find("a", "999.", 4));
        Assert.Null(cache.Find("a", "0.", 2));
    }

    private static CachedSuggestion Suggest(Cursor at, string text) =>
        new(at.Text, at.Prefix.Length, new CompletionResult(text, text.Length == 0 ? EmptyReason.NothingToAdd : null, default));
}
