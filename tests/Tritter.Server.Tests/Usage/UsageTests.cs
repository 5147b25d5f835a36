using Microsoft.Data.Sqlite;
using Tritter.Server.Completions;
using Tritter.Server.Tests.Client;
using Tritter.Server.Tests.CommandLine;
using Tritter.Server.Usage;

namespace Tritter.Server.Tests.Usage;

/// <summary>What became of suggestions is counted on disk, and whatever the disk does harms nobody.</summary>
public sealed class UsageTests : IDisposable
{
    private readonly SourceFolder _folder = new();
    private readonly ManualTime _time = new();
    private readonly List<string> _problems = [];

    private string Cache => Path.Combine(_folder.Path, "cache");

    private UsageFile Usage => UsageFile.In(Cache);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Counts_AddUpOverProcesses()
    {
        for (int process = 0; process < 2; process++)
        {
            using var log = new UsageLog(Usage, _time, _problems.Add);
            log.Count(OfferEvent.Shown, "csharp");
            log.Count(OfferEvent.Shown, "csharp");
            log.Count(OfferEvent.Accepted, "rust");
        }

        Assert.Equal(["csharp Shown 4", "rust Accepted 2"], Read());
        Assert.Empty(_problems);
    }

    [Fact]
    public void Counts_AreWrittenSoonByThemselves()
    {
        using var log = new UsageLog(Usage, _time, _problems.Add);
        log.Count(OfferEvent.Kept, "csharp");
        Assert.Empty(Read());

        _time.Pass(TimeSpan.FromSeconds(2));

        Assert.Equal(["csharp Kept 1"], Read());
    }

    [Fact]
    public void AFileThatCannotBeWritten_IsOneWarning_AndNothingIsLost()
    {
        File.WriteAllText(Cache, "a file where the folder should be");
        using var log = new UsageLog(Usage, _time, _problems.Add);
        for (int i = 0; i < 3; i++)
        {
            log.Count(OfferEvent.Shown, "csharp");
            _time.Pass(TimeSpan.FromSeconds(2));
        }

        Assert.Contains("cannot be counted", Assert.Single(_problems));
        File.Delete(Cache);
        log.Count(OfferEvent.Shown, "csharp");
        _time.Pass(TimeSpan.FromSeconds(2));
        Assert.Equal(["csharp Shown 4"], Read());
    }

    [Fact]
    public void ALockedFile_IsWaitedForByTheWriterOnly()
    {
        Usage.Add([new UsageCount(new DateOnly(2026, 1, 1), "csharp", OfferEvent.Shown, 1)]);
        using var log = new UsageLog(Usage, _time, _problems.Add);
        using (var other = new SqliteConnection($"Data Source={Usage.Path};Pooling=False"))
        {
            other.Open();
            using SqliteCommand begin = other.CreateCommand();
            begin.CommandText = "BEGIN EXCLUSIVE";
            begin.ExecuteNonQuery();
            log.Count(OfferEvent.Shown, "csharp");
            _time.Pass(TimeSpan.FromSeconds(2));
            Assert.Contains("locked", Assert.Single(_problems));
        }

        log.Dispose();
        Assert.Equal(["csharp Shown 1", "csharp Shown 1"], Read());
    }

    [Fact]
    public void ADamagedFile_IsMovedAside()
    {
        Directory.CreateDirectory(Cache);
        File.WriteAllText(Usage.Path, new string('x', 5000));
        using var log = new UsageLog(Usage, _time, _problems.Add);
        log.Count(OfferEvent.Shown, "csharp");
        log.Dispose();

        Assert.Equal(["csharp Shown 1"], Read());
        Assert.Contains(Usage.Path + ".damaged", Assert.Single(_problems));
        Assert.True(File.Exists(Usage.Path + ".damaged"));
    }

    [Fact]
    public async Task StatsCommand_PrintsAndClears()
    {
        Assert.Contains("No suggestion was counted yet", (await RunAsync()).Out);
        Usage.Add(
        [
            new UsageCount(new DateOnly(2026, 1, 2), "csharp", OfferEvent.Shown, 12),
            new UsageCount(new DateOnly(2026, 1, 2), "csharp", OfferEvent.Accepted, 3),
            new UsageCount(new DateOnly(2026, 1, 1), "rust", OfferEvent.PartiallyAccepted, 1),
        ]);

        Assert.Equal(
            """[{"day":"2026-01-01","language":"rust","shown":0,"accepted":0,"partiallyAccepted":1,"keptAfter30s":0},{"day":"2026-01-02","language":"csharp","shown":12,"accepted":3,"partiallyAccepted":0,"keptAfter30s":0}]""",
            (await RunAsync("--json")).Out.Trim());
        Assert.Matches(@"2026-01-02 +csharp +12 +3 +0 +0", (await RunAsync()).Out);
        Assert.Matches(@"all +12 +3 +1 +0", (await RunAsync()).Out);
        Assert.Equal(0, (await RunAsync("--clear")).ExitCode);
        Assert.Equal("[]", (await RunAsync("--json")).Out.Trim());
    }

    private Task<TritterRun> RunAsync(params string[] arguments) => TritterRun.StartAsync(["stats", .. arguments], _folder.Path, ("TRITTER_CACHE", Cache));

    private string[] Read() => [.. Usage.Read().Select(c => $"{c.Language} {c.What} {c.Count}")];
}
