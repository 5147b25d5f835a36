using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Tritter.Repository.Index;

namespace Tritter.Server.CommandLine;

/// <summary><c>tritter index [DIR]</c>: brings the index of a repository up to date.</summary>
internal static class IndexCommand
{
    public static Command Create(CommandOutput output)
    {
        Argument<string> folder = Folder();
        var clear = new Option<bool>("--clear") { Description = "Remove the index instead." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new Command("index", "Index a repository's files for search and completion. Kept in the user's cache folder; nothing is written into the repository.") { folder, clear, json };
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () => parsed.GetValue(clear)
                ? Clear(output, parsed.GetRequiredValue(folder), cancellationToken)
                : Run(output, parsed.GetRequiredValue(folder), parsed.GetValue(json), cancellationToken),
            cancellationToken));
        return command;
    }

    /// <summary>The argument that names a repository, the current folder by default.</summary>
    internal static Argument<string> Folder() => new("DIR")
    {
        Description = "A repository, or any folder with code; the current one by default.",
        DefaultValueFactory = _ => ".",
    };

    /// <exception cref="CommandFailure">There is no such folder.</exception>
    internal static RepositoryIndex Open(CommandOutput output, string folder) => Directory.Exists(folder)
        ? RepositoryIndex.Open(folder, problem => output.Error.WriteLine($"tritter: {problem}"))
        : throw new CommandFailure($"there is no folder {folder}; paths are relative to {Directory.GetCurrentDirectory()}");

    private static int Run(CommandOutput output, string folder, bool json, CancellationToken cancellationToken)
    {
        RepositoryIndex index = Open(output, folder);
        try
        {
            IndexSummary summary;
            using (var progress = new IndexProgressLine(output))
            {
                summary = new Indexer(index, Math.Max(1, Environment.ProcessorCount)).Build(progress.Report, cancellationToken);
            }

            IndexCounts counts = index.Counts();
            output.Out.WriteLine(json
                ? JsonSerializer.Serialize(Report(index, summary, counts), CommandLineJson.Readable.IndexReport)
                : Show(summary, counts));
            return (int)ExitCode.Success;
        }
        catch (OperationCanceledException)
        {
            throw new CommandFailure($"cancelled; {index.Counts().Files} files are indexed and can be searched, and the next run goes on from there");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(e.Message);
        }
    }

    private static int Clear(CommandOutput output, string folder, CancellationToken cancellationToken)
    {
        RepositoryIndex index = Open(output, folder);
        output.Out.WriteLine(index.Clear(cancellationToken) ? $"removed {index.File}" : "there was no index");
        return (int)ExitCode.Success;
    }

    private static IndexReport Report(RepositoryIndex index, IndexSummary summary, IndexCounts counts) => new(
        index.Root, index.File, counts.Files, counts.Chunks, counts.Symbols, counts.Redactions, summary.Indexed, summary.Removed, summary.Unchanged, Math.Round(summary.Seconds, 3));

    private static string Show(IndexSummary summary, IndexCounts counts) => string.Create(
        CultureInfo.InvariantCulture,
        $"{counts.Files} files, {counts.Chunks} chunks, {counts.Symbols} symbols, {counts.Redactions} secrets left out; {summary.Indexed} files were new or changed, {summary.Removed} are gone; {summary.Seconds:0.0} s");
}

/// <summary>What <c>tritter index --json</c> prints.</summary>
/// <param name="Root">Full path of the repository.</param>
/// <param name="Index">The file that holds the index.</param>
/// <param name="Redactions">Secrets that were blanked out and key files that were left out.</param>
/// <param name="Indexed">Files that were new or changed.</param>
internal sealed record IndexReport(string Root, string Index, int Files, int Chunks, int Symbols, int Redactions, int Indexed, int Removed, int Unchanged, double Seconds);
