using Tritter.VisualStudio.Server;

namespace Tritter.VisualStudio.Tests.Server;

public sealed class BackOffTests
{
    // Seconds at which the server ended, the last one now.
    [Theory]
    [InlineData("0", 1.0)]
    [InlineData("0 2", 2.0)]
    [InlineData("0 2 5 10", 8.0)]
    [InlineData("0 2 5 10 20", null)]
    [InlineData("0 2 5 10 200", 1.0)] // The first four are forgotten.
    [InlineData("0 90 190", 2.0)]
    public void EndsWithinThreeMinutes_MakeTheWaitLongerAndThenEndIt(string seconds, double? expected)
    {
        var start = new DateTime(2025, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        DateTime[] ends = [.. seconds.Split(' ').Select(s => start.AddSeconds(int.Parse(s, System.Globalization.CultureInfo.InvariantCulture)))];

        Assert.Equal(expected, BackOff.Delay(ends, ends[^1])?.TotalSeconds);
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData(@"C:\Program Files\x\", @"""C:\Program Files\x\\""")]
    [InlineData("say \"hi\"", @"""say \""hi\""""")]
    [InlineData("", @"""""")]
    [InlineData(@"a\b c", @"""a\b c""")]
    public void Arguments_AreQuotedAsProgramsReadThem(string argument, string expected) => Assert.Equal(expected, ServerCommand.Quote(argument));

    [Theory]
    [InlineData(true, false, false, true)]
    [InlineData(true, true, false, false)]
    [InlineData(true, true, true, true)]
    [InlineData(false, false, true, false)]
    public void OnlyWhenAsked_TypingAsksForNothing(bool completion, bool onlyWhenAsked, bool asked, bool expected) =>
        Assert.Equal(expected, new ClientSettings(completion, onlyWhenAsked).Wants(asked));
}
