using System.Diagnostics;
using System.Globalization;
using Tritter.Repository.Index;

namespace Tritter.Bench;

/// <summary>What indexing a repository takes, and what a save costs afterwards..</summary>
internal static class Indexing
{
    private const int Saves = 200;

    public static void Run(string root, TextWriter output)
    {
        string folder = Directory.CreateTempSubdirectory("tritter-index-bench-").FullName;
        try
        {
            RepositoryIndex index = RepositoryIndex.OpenIn(folder, root, output.WriteLine);
            var indexer = new Indexer(index, Environment.ProcessorCount);
            TimeSpan before = Process.GetCurrentProcess().TotalProcessorTime;
            IndexSummary built = indexer.Build(null, CancellationToken.None);
            double processor = (Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds;
            IndexCounts counts = index.Counts();
            IReadOnlyList<IndexedFile> files = index.Files();
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{files.Count} files ({files.Count(f => f.Language == "csharp")} C#), {files.Sum(f => f.Size) / 1e6:F1} MB, {counts.Chunks} chunks, {counts.Symbols} symbols, {counts.Redactions} secrets"));
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{built.Seconds:F1} s, {files.Count / built.Seconds:F0} files/s, {processor:F1} s of processor time; {ProcessMemory.Describe()}; {new FileInfo(index.File).Length / 1e6:F1} MB on disk"));
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"again, nothing changed: {indexer.Build(null, CancellationToken.None).Seconds:F1} s"));

            var random = new Random(1);
            IndexedFile[] code = [.. files.Where(f => f.Language == "csharp")];
            var save = new Indexer(index);
            double[] milliseconds = [.. Enumerable.Range(0, Saves).Select(_ => Save(save, code[random.Next(code.Length)])).Order()];
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"a save: p50 {milliseconds[Saves / 2]:F1} ms, p95 {milliseconds[Saves * 95 / 100]:F1} ms"));
            double[] searches = [.. Enumerable.Range(0, Saves).Select(_ => Search(index, code[random.Next(code.Length)])).Order()];
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"a search: p50 {searches[Saves / 2]:F1} ms, p95 {searches[Saves * 95 / 100]:F1} ms"));
        }
        finally
        {
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>From the event to the commit, with the file taken out before, so that it is read, parsed and put in as after an edit.</summary>
    private static double Save(Indexer indexer, IndexedFile file)
    {
        indexer.Remove([file.Path], CancellationToken.None);
        long start = Stopwatch.GetTimestamp();
        indexer.Update([file.Path], CancellationToken.None);
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static double Search(RepositoryIndex index, IndexedFile file)
    {
        string text = File.ReadAllText(Path.Combine(index.Root, file.Path));
        long start = Stopwatch.GetTimestamp();
        index.Search(string.Join(' ', Core.Context.CursorWords.Near(text, text.Length / 2)), 8);
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
}
