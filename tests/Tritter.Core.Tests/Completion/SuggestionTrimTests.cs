using Tritter.Core.Completion;

namespace Tritter.Core.Tests.Completion;

public sealed class SuggestionTrimTests
{
    [Theory]
    [InlineData("foo(a)", ");\n", "foo(a")]
    [InlineData("a, b);", ");\n", "a, b")]
    [InlineData("a)", ", b)\n", "a)")]
    [InlineData("count", " = tmp;\n", "count")]
    [InlineData("x + tmp", "tmp\n", "x + ")]
    [InlineData("return x;\n}", "\n}\n", "return x;")]
    [InlineData("a();\nb();\nc();", "\n    b();\n    c();\n", "a();")]
    [InlineData("a();\nd();", "\n    b();\n", "a();\nd();")]
    [InlineData("a();  \n\n", "\n", "a();")]
    [InlineData("a \uFFFD b", "\n", "a")]
    public void Takes_off_what_stands_behind_the_cursor(string text, string suffix, string expected)
    {
        (string kept, string? reason) = SuggestionTrim.Apply(text, suffix);

        Assert.Equal(expected.TrimEnd(), kept.TrimEnd());
        Assert.Null(reason);
    }

    [Fact]
    public void Half_a_character_goes() => Assert.Equal("a", SuggestionTrim.Apply("a\uD83D", "\n").Text);

    [Theory]
    [InlineData("", "\n", "white space")]
    [InlineData("  \n\t", "\n", "white space")]
    [InlineData(");", ");\n", "repeats")]
    [InlineData("b();", "\n    b();\n", "repeats")]
    public void Says_why_nothing_is_left(string text, string suffix, string reason)
    {
        (string kept, string? why) = SuggestionTrim.Apply(text, suffix);

        Assert.Equal("", kept);
        Assert.Contains(reason, why);
    }
}
