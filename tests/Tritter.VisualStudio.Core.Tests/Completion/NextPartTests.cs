using Tritter.VisualStudio.Completion;

namespace Tritter.VisualStudio.Tests.Completion;

public sealed class NextPartTests
{
    // Each step's end is a bar.
    [Theory]
    [InlineData("foo_1.Bar(x, 2);", "foo_1|.|Bar|(|x|,| 2|);|")]
    [InlineData("  return x;\n    }\n", "  return| x|;|\n    |}|\n|")]
    [InlineData("a => b", "a| =>| b|")]
    [InlineData("漢字 😀x", "漢字| 😀x|")]
    public void Words_AreTakenOneAfterAnother(string text, string expected) => Assert.Equal(expected, Steps(text, NextPart.Word));

    [Theory]
    [InlineData("a b\r\nc\n", "a b|\r\n|c|\n|")]
    [InlineData("\n\nx", "\n|\n|x|")]
    [InlineData("x", "x|")]
    public void Lines_AreTakenOneAfterAnother(string text, string expected) => Assert.Equal(expected, Steps(text, NextPart.Line));

    [Theory]
    [InlineData("        return x;", 8, 4, "return x;")]
    [InlineData("\t\treturn x;", 8, 4, "return x;")]
    [InlineData("            if", 8, 4, "    if")]
    [InlineData("return x;", 8, 4, "return x;")]
    [InlineData("    x", 0, 4, "    x")]
    public void Indentation_IsNotWrittenTwice(string text, int columns, int tabSize, string expected) =>
        Assert.Equal(expected, VirtualSpace.WithoutIndentation(text, columns, tabSize));

    private static string Steps(string text, Func<string, int> next)
    {
        string steps = "";
        while (text.Length > 0)
        {
            int length = next(text);
            Assert.InRange(length, 1, text.Length);
            steps += text[..length] + "|";
            text = text[length..];
        }

        return steps;
    }
}
