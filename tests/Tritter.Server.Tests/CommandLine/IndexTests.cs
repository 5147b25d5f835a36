using System.Diagnostics;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Tritter.Repository.Index;

namespace Tritter.Server.Tests.CommandLine;

public sealed class IndexTests : IDisposable
{
    private readonly SourceFolder _folder = new();
    private readonly string _cache = Directory.CreateTempSubdirectory("tritter-cache").FullName;

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        _folder.Dispose();
        Directory.Delete(_cache, recursive: true);
    }

    [Fact]
    public async Task WhatWasIndexedIsFoundByWordsAndByNames()
    {
        _folder.Write("a.cs", "namespace N;\n\nclass Box\n{\n    int One() => 1;\n    int Two() => 2;\n    int Three() => 3;\n    int Four() => 4;\n\n    int CountItems() => 0;\n}\n");
        TritterRun index = await RunAsync("index");
        Assert.StartsWith("1 files, 1 chunks, 6 symbols, 0 secrets left out; 1 files were new or changed, 0 are gone;", index.Out);

        TritterRun words = await RunAsync("search", "items count");
        Assert.Equal(["a.cs:6  Type N.Box", "        int Two() => 2;", "        int Three() => 3;", "        int Four() => 4;", "        int CountItems() => 0;", "    }"], Lines(words));
        TritterRun names = await RunAsync("search", "--symbol", "count");
        Assert.Equal(["a.cs:10  Member N.Box.CountItems", "    int CountItems()"], Lines(names));
        JsonElement json = JsonDocument.Parse((await RunAsync("search", "items", "--json")).Out).RootElement;
        Assert.Equal(("a.cs", 6, 11), (json.GetProperty("path").GetString(), json.GetProperty("firstLine").GetInt32(), json.GetProperty("lastLine").GetInt32()));
        Assert.Equal(1, (await RunAsync("search", "elsewhere")).ExitCode);
    }

    [Fact]
    public async Task ClearingRemovesTheIndexAndASearchThenSaysWhatToDo()
    {
        _folder.Write("a.cs", "class Box;");
        await RunAsync("index");
        Assert.StartsWith("removed ", (await RunAsync("index", "--clear")).Out);

        TritterRun search = await RunAsync("search", "box");

        Assert.Equal(1, search.ExitCode);
        Assert.Contains("is not indexed; run: tritter index .", search.Error);
        Assert.Empty(Directory.EnumerateFiles(_cache, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task AFolderThatIsNotThereIsOneLine()
    {
        (await RunAsync("index", "nowhere")).AssertFailed(1, $"there is no folder nowhere; paths are relative to {_folder.Path}");
    }

    /// <summary>Killed at several moments, with no chance to clean up: the index can be read, and the next run does only what is missing.</summary>
    [Fact]
    public async Task KillingLosesNothingButTheFilesInFlight()
    {
        const int Files = 600;
        for (int i = 0; i < Files; i++)
        {
            _folder.Write($"f{i}.cs", $"class C{i}\n{{\n{string.Concat(Enumerable.Range(0, 40).Select(m => $"    int Method{m}(int x) => x * {m} + {i};\n"))}}}\n");
        }

        int before = 0;
        for (int kills = 0; kills < 4 && before < Files; kills++)
        {
            using Process process = TritterRun.Start(["index"], _folder.Path, ("TRITTER_CACHE", _cache));
            // Until it has committed more than was there, however slow the machine is.
            while (IndexedFiles() <= before && !process.HasExited)
            {
                await Task.Delay(5, TestContext.Current.CancellationToken);
            }

            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            int after = IndexedFiles();
            Assert.True(after > before, $"{after} files after the kill, {before} before");
            before = after;
        }

        JsonElement last = JsonDocument.Parse((await RunAsync("index", "--json")).Out).RootElement;
        Assert.Equal(Files, last.GetProperty("files").GetInt32());
        Assert.Equal(Files - before, last.GetProperty("indexed").GetInt32());
        Assert.Equal(["f77.cs:1  Type C77"], Lines(await RunAsync("search", "--symbol", "C77", "--limit", "1")).Take(1));
    }

    private int IndexedFiles()
    {
        string all = Path.Combine(_cache, "index");
        return Directory.Exists(all) ? RepositoryIndex.OpenIn(Directory.EnumerateDirectories(all).First(), _folder.Path).Counts().Files : 0;
    }

    private Task<TritterRun> RunAsync(params string[] arguments) => TritterRun.StartAsync(arguments, _folder.Path, ("TRITTER_CACHE", _cache));

    private static string[] Lines(TritterRun run) => run.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
