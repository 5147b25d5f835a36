using Tritter.Core.Completion;

namespace Tritter.Core.Tests.Completion;

/// <summary>Each case: source with the cursor, a suggestion, and what may be shown of it.</summary>
public sealed class SuggestionFilterTests
{
    private const double Sure = -0.1;

    [Theory]
    [InlineData("x = $0\n", "1", "1")]
    [InlineData("x = $0\n", "a<|endoftext|>b", "a")]
    [InlineData("x = $0\n", "a<fim_middle>b", "a")]
    [InlineData("s = '<|endoftext|>'\nx = $0\n", "'<|endoftext|>'", "'<|endoftext|>'")]
    [InlineData("x = $0\n", "List<string>()", "List<string>()")]
    [InlineData("x = $0\n", "f(a] + 1", "f(a")]
    [InlineData("x = $0)\n", "f(a)", "f(a)")]
    [InlineData("x = $0\n", "f(\")\")", "f(\")\")")]
    [InlineData("$0\n", "first_call();\nsecond_call();", "first_call();\nsecond_call();")]
    [InlineData("$0\n", "append_item();\nappend_item();\nappend_item();\nappend_item();", "append_item();")]
    [InlineData("$0\n", "{\n}\n}\n}", "{\n}\n}\n}")]
    [InlineData("$0\nreturn total_price\n", "count = 1\nreturn total_price\nother_thing", "count = 1")]
    [InlineData("total_count$0\n", " = 1", " = 1")]
    [InlineData("}\n$0\n}\n", "}", "}")]
    [InlineData("first_call()\nsecond_call()\n$0\n", "third_call()", "third_call()")]
    [InlineData("a\n$0\n", "a", "a")]
    public void Keeps_what_is_worth_showing(string source, string suggestion, string expected)
    {
        (string kept, string? reason) = Apply(source, suggestion, Sure);

        Assert.Equal(expected, kept);
        Assert.Null(reason);
    }

    [Theory]
    [InlineData("x = $0\n", "<|fim_pad|>", "one of the model's own tokens")]
    [InlineData("    $0\n\n    return total_price\n", "return total_price\n    print(x)", "repeats the line below")]
    [InlineData("return $0\n    return total_price\n", "total_price", "repeats the line below")]
    [InlineData("first_call()\nsecond_call()\n$0\n", "second_call()", "repeats the lines above")]
    [InlineData("  first_call()\n  second_call()\n  $0\n", "first_call()\n  second_call()", "repeats the lines above")]
    public void Says_why_nothing_is_left(string source, string suggestion, string reason)
    {
        (string kept, string? why) = Apply(source, suggestion, Sure);

        Assert.Equal("", kept);
        Assert.Contains(reason, why);
    }

    [Fact]
    public void What_the_model_does_not_believe_is_not_shown()
    {
        Assert.Equal(("x", null), Apply("$0", "x", Sure));

        (string kept, string? why) = Apply("$0", "x", -1000);

        Assert.Equal("", kept);
        Assert.Contains("not sure", why);
    }

    private static (string Text, string? EmptyReason) Apply(string source, string suggestion, double certainty)
    {
        Cursor cursor = Cursor.At(source);
        return SuggestionFilter.Apply(suggestion, cursor.Prefix, cursor.Suffix, "csharp", certainty);
    }
}
