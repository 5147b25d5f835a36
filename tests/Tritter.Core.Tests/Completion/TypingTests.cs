using Tritter.Core.Completion;

namespace Tritter.Core.Tests.Completion;

/// <summary>The rules by which completion keeps up with somebody who types.</summary>
public sealed class TypingTests
{
    /// <summary>Pace and cost in ms, what is set (-1 for nothing), and the delay.</summary>
    [Theory]
    [InlineData(150, 100, -1, 0)]
    [InlineData(150, 150, -1, 0)]
    [InlineData(60, 100, -1, 60)]
    [InlineData(150, 400, -1, 75)]
    [InlineData(5, 15, -1, 0)]
    [InlineData(5, 16, -1, 5)]
    [InlineData(0, 100, -1, 0)]
    [InlineData(150, 10, 40, 40)]
    [InlineData(60, 400, 0, 0)]
    public void Delay(int pace, int cost, int set, int delay)
    {
        var policy = new DelayPolicy(set < 0 ? null : TimeSpan.FromMilliseconds(set));

        Assert.Equal(TimeSpan.FromMilliseconds(delay), policy.Before(pace == 0 ? null : TimeSpan.FromMilliseconds(pace), TimeSpan.FromMilliseconds(cost)));
    }

    [Theory]
    [InlineData(new int[0], null)]
    [InlineData(new[] { 100 }, 100)]
    [InlineData(new[] { 100, 200 }, 125)]
    [InlineData(new[] { 100, 5000, 200 }, 125)]
    [InlineData(new[] { 5000 }, null)]
    public void Pace(int[] between, int? pace)
    {
        TypingPace typed = between.Aggregate(default(TypingPace), (p, ms) => p.After(TimeSpan.FromMilliseconds(ms)));

        Assert.Equal(pace, (int?)typed.BetweenKeys?.TotalMilliseconds);
    }

    [Theory]
    [InlineData("a();\nb();\nc(", "a();\nb();")]
    [InlineData("a();\nb();\n", "a();\nb();")]
    [InlineData("a();\n    ", "a();")]
    [InlineData("\n    a();\n    b(", "\n    a();")]
    [InlineData("\n    a();", "\n    a();")]
    [InlineData("a.b(c).d(e", "a.b(c)")]
    [InlineData("a.b(c, d)", "a.b(c, d)")]
    [InlineData("a.b(c, d", "")]
    [InlineData("x)", "x)")]
    [InlineData("a + \"b;c\" + d", "")]
    [InlineData("total", "")]
    [InlineData("", "")]
    public void TornText_IsCutWhereItIsWhole(string text, string whole) => Assert.Equal(whole, TornEnd.Cut(text, "csharp"));

    /// <summary>Whether a text is enough when time runs short, and when it has run out.</summary>
    [Theory]
    [InlineData("a();\nb(", true, true)]
    [InlineData("a();", true, true)]
    [InlineData("a(b) ", true, true)]
    [InlineData("a.b(c).d(e", false, true)]
    [InlineData("\n    a();\n    b.c(d).e(", true, true)]
    [InlineData("a.b(c", false, false)]
    [InlineData("\n    a", false, false)]
    [InlineData("", false, false)]
    public void LittleTime_IsContentWithLess(string text, bool soon, bool now) =>
        Assert.Equal((soon, now), (TornEnd.IsEnough(text, "csharp", isOver: false), TornEnd.IsEnough(text, "csharp", isOver: true)));

    [Theory]
    [InlineData("csharp", "a(); // why$0", true)]
    [InlineData("csharp", "a(); // why\n$0", false)]
    [InlineData("csharp", "a(\"// no$0\");", false)]
    [InlineData("csharp", "/* a\n b$0 */", true)]
    [InlineData("csharp", "/* a */$0", false)]
    [InlineData("python", "a()  # why$0", true)]
    [InlineData("python", "a = '# no$0'", false)]
    [InlineData("markdown", "see https://a$0", false)]
    public void Comment(string language, string marked, bool isComment)
    {
        Cursor cursor = Cursor.At(marked);

        Assert.Equal(isComment, CommentAtCursor.Is(language, cursor.Text, cursor.Prefix.Length));
    }

    [Theory]
    [InlineData("int total; to$0", "tal", true)]
    [InlineData("int total; to$0", "ol", false)]
    [InlineData("int total; $0", "total = total;", true)]
    [InlineData("int total; $0", "total = other;", false)]
    [InlineData("$0 int total;", "total", true)]
    public void Names(string marked, string suggestion, bool known)
    {
        Cursor cursor = Cursor.At(marked);

        Assert.Equal(known, KnownNames.All(suggestion, cursor.Text, cursor.Prefix.Length));
    }
}
