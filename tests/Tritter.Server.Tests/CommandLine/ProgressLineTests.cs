using Tritter.Server.CommandLine;

namespace Tritter.Server.Tests.CommandLine;

public sealed class ProgressLineTests
{
    [Theory]
    [InlineData(0, "reading [..............................] 0 %")]
    [InlineData(500, "reading [###############...............] 50 %, 10 s left")]
    [InlineData(1000, "reading [##############################] 100 %, 0 s left")]
    public void The_line_tells_how_far_the_task_is_and_what_is_left(long done, string expected) =>
        Assert.Equal(expected, ProgressLine.Text("reading", done, 1000, TimeSpan.FromSeconds(done / 50.0)));

    [Fact]
    public void Nothing_is_shown_where_nobody_looks()
    {
        using var error = new StringWriter();
        var clock = new Clock();
        using (var progress = new ProgressLine(new CommandOutput(TextWriter.Null, error, IsTerminal: true, UsesAnsi: true, IsErrorTerminal: false), "reading", 10, clock))
        {
            progress.Report(1);
            clock.Now += TimeSpan.FromSeconds(0.6);
            progress.Report(9);
        }

        Assert.Equal("", error.ToString());
    }

    [Fact]
    public void On_a_terminal_the_line_is_shown_after_a_while_and_cleared_in_the_end()
    {
        using var error = new StringWriter();
        var clock = new Clock();
        using (var progress = new ProgressLine(new CommandOutput(TextWriter.Null, error, IsTerminal: false, UsesAnsi: false, IsErrorTerminal: true), "reading", 10, clock))
        {
            progress.Report(1);
            Assert.Equal("", error.ToString());
            clock.Now += TimeSpan.FromSeconds(0.6);
            progress.Report(9);
        }

        string[] parts = error.ToString().Split('\r');
        Assert.StartsWith("reading [", parts[1], StringComparison.Ordinal);
        Assert.Equal(parts[1].Length, parts[2].Length);
        Assert.Equal(["", ""], [parts[0], parts[2].Trim()]);
    }

    private sealed class Clock : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
