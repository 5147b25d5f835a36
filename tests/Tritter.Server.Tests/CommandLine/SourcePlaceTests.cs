using System.Text;
using Tritter.Server.CommandLine;

namespace Tritter.Server.Tests.CommandLine;

public sealed class SourcePlaceTests : IDisposable
{
    private readonly SourceFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ADriveLetterStaysInThePath()
    {
        Assert.Equal(new SourcePlace(@"C:\src\Program.cs", 12, 9), SourcePlace.Parse(@"C:\src\Program.cs:12:9"));
    }

    [Theory]
    [InlineData("one\ntwo", 1, 1, "", "one")]
    [InlineData("one\ntwo", 2, 4, "two", "")]
    [InlineData("one\r\ntwo\r\n", 2, 2, "t", "wo")]
    [InlineData("one\r\ntwo\r\n", 3, 1, "", "")]
    [InlineData("one\rtwo", 2, 1, "", "two")]
    [InlineData("", 1, 1, "", "")]
    [InlineData("s = '😀é'", 1, 8, "s = '😀", "é'")]
    public void LinesAndColumnsCountAsEditorsDo(string text, int line, int column, string before, string after)
    {
        SourceCursor cursor = Write(text, line, column).Open();

        Assert.Equal(before, cursor.LineBefore.ToString());
        Assert.Equal(after, cursor.LineAfter.ToString());
        Assert.Equal(text, cursor.Document.Text);
    }

    [Fact]
    public void AByteOrderMarkIsDroppedAndLineEndingsAreKept()
    {
        _folder.Write("a.cs", [.. Encoding.UTF8.Preamble, .. "a\r\nb"u8]);

        SourceCursor cursor = new SourcePlace(Path.Combine(_folder.Path, "a.cs"), 1, 1).Open();

        Assert.Equal("a\r\nb", cursor.Document.Text);
        Assert.Equal(0, cursor.Offset);
    }

    [Theory]
    [InlineData("one\ntwo\n", 0, 1, "has no line 0; it has lines 1 to 3")]
    [InlineData("one\ntwo\n", 4, 1, "has no line 4; it has lines 1 to 3")]
    [InlineData("one\ntwo\n", 2, 0, "has no column 0; it has columns 1 to 4")]
    [InlineData("one\r\ntwo\r\n", 1, 5, "has no column 5; it has columns 1 to 4")]
    public void APlaceOutsideTheFileNamesTheValidRange(string text, int line, int column, string problem)
    {
        var failure = Assert.Throws<CommandFailure>(() => Write(text, line, column).Open());

        Assert.Equal(ExitCode.Usage, failure.ExitCode);
        Assert.EndsWith(problem, failure.Message);
    }

    [Fact]
    public void AFolderOutsideTheCurrentOneIsNotShownToTheModel()
    {
        Assert.Equal("a.cs", Write("x", 1, 1).Open().Document.Path);
    }

    private SourcePlace Write(string text, int line, int column)
    {
        _folder.Write("a.cs", text);
        return new SourcePlace(Path.Combine(_folder.Path, "a.cs"), line, column);
    }
}
