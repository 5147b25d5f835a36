using Tritter.Server.Replays;
using Tritter.Server.Tests.CommandLine;

namespace Tritter.Server.Tests.Replays;

public sealed class ReplayWriterTests : IDisposable
{
    private readonly SourceFolder _folder = new();

    private string File => Path.Combine(_folder.Path, "r.jsonl");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void RecordsAreAppendedALineEach()
    {
        Write("one");
        Write("two", "three");

        Assert.Equal(["one", "two", "three"], Texts());
        Assert.EndsWith("}\n", System.IO.File.ReadAllText(File));
    }

    [Fact]
    public void OnlyItsUserCanReadANewFile()
    {
        Write("secret");

        UnixFileMode? mode = OperatingSystem.IsWindows() ? null : System.IO.File.GetUnixFileMode(File);
        Assert.SkipWhen(mode is null, "permissions come from the folder there");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, mode);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(12)]
    [InlineData(200)]
    public void AfterALineThatWasCutOffTheNextOneStandsAlone(int length)
    {
        Write("one", "two");
        string[] lines = System.IO.File.ReadAllLines(File);
        System.IO.File.WriteAllText(File, $"{lines[0]}\n{lines[1][..length]}");

        Write("three");

        Assert.Equal([false, true, false], ReplayReader.Read(File).Select(line => line.IsCutOff));
        Assert.Equal(["one", "three"], Texts());
    }

    [Theory]
    [InlineData("using System;\n")]
    [InlineData("{\"name\": 1}")]
    [InlineData("x")]
    public void AFileOfAnotherKindIsLeftAlone(string content)
    {
        _folder.Write("r.jsonl", content);

        Assert.Throws<IOException>(() => new ReplayWriter(File));
        Assert.Equal(content, System.IO.File.ReadAllText(File));
    }

    [Fact]
    public async Task SeveralWritersAndAReaderShareAFile()
    {
        Write("first");
        using IEnumerator<ReplayLine> reading = ReplayReader.Read(File).GetEnumerator();
        Assert.True(reading.MoveNext());
        string[] texts = [.. Enumerable.Range(0, 40).Select(i => new string('x', 20_000) + i)];

        await Parallel.ForEachAsync(texts, TestContext.Current.CancellationToken, (text, _) =>
        {
            Write(text);
            return ValueTask.CompletedTask;
        });

        Assert.Equal(["first", .. texts.Order()], Texts().Order());
    }

    [Fact]
    public void AFullDiskIsAnIOException()
    {
        Assert.SkipUnless(System.IO.File.Exists("/dev/full"), "there is no full disk to write to");
        var writer = new ReplayWriter("/dev/full");

        Assert.Throws<IOException>(() => writer.Append(Records.Of("one")));
    }

    private void Write(params string[] texts)
    {
        var writer = new ReplayWriter(File);
        foreach (string text in texts)
        {
            writer.Append(Records.Of(text));
        }
    }

    private IEnumerable<string> Texts() => ReplayReader.Read(File).Where(line => line.Record is not null).Select(line => line.Record!.Request.Text);
}
