using System.CommandLine;
using System.Text.Json;
using Tritter.Core.Context;
using Tritter.Repository.Index;

namespace Tritter.Server.CommandLine;

/// <summary><c>tritter search "words" [DIR]</c>: finds chunks by their words, or definitions by name.</summary>
internal static class SearchCommand
{
    private const int MostSnippetLines = 6;

    public static Command Create(CommandOutput output)
    {
        var words = new Argument<string>("WORDS") { Description = "What to look for: words, or names as they stand in code." };
        Argument<string> folder = IndexCommand.Folder();
        var symbol = new Option<bool>("--symbol") { Description = "Find definitions with such a name." };
        Option<int> limit = ModelOptions.Whole("--limit", "Most results.", 10, 1, 1000);
        var json = new Option<bool>("--json") { Description = "Print one JSON object a result." };
        var command = new Command("search", "Search an indexed repository.") { words, folder, symbol, limit, json };
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () =>
            {
                RepositoryIndex index = IndexCommand.Open(output, parsed.GetRequiredValue(folder));
                if (index.Counts().Files == 0)
                {
                    throw new CommandFailure($"{index.Root} is not indexed; run: tritter index {parsed.GetRequiredValue(folder)}");
                }

                string text = parsed.GetRequiredValue(words);
                SearchResult[] results = parsed.GetValue(symbol)
                    ? [.. index.FindSymbols(text, parsed.GetValue(limit)).Select(s => Of(s))]
                    : [.. index.Search(text, parsed.GetValue(limit)).Select(hit => Of(hit, text))];
                foreach (SearchResult result in results)
                {
                    if (parsed.GetValue(json))
                    {
                        output.Out.WriteLine(JsonSerializer.Serialize(result, CommandLineJson.Readable.SearchResult));
                    }
                    else
                    {
                        Show(output, result, parsed.GetRequiredValue(folder));
                    }
                }

                if (results.Length == 0 && !parsed.GetValue(json))
                {
                    output.Error.WriteLine("tritter: nothing found");
                }

                return results.Length > 0 ? (int)ExitCode.Success : (int)ExitCode.Failure;
            },
            cancellationToken));
        return command;
    }

    private static SearchResult Of(IndexedSymbol symbol) =>
        new(symbol.Path, symbol.Line + 1, symbol.Line + 1, symbol.Kind.ToString(), symbol.QualifiedName, Score: null, symbol.Signature, IsStale: false);

    private static SearchResult Of(SearchHit hit, string words)
    {
        int skipped = 0;
        string? snippet = hit.Text is null ? null : Snippet(hit.Text, IdentifierWords.Of(words), out skipped);
        return new SearchResult(
            hit.Chunk.Path, hit.Chunk.FirstLine + skipped + 1, hit.Chunk.LastLine + 1, hit.Chunk.Kind.ToString(), hit.Chunk.Symbol, Math.Round(hit.Score, 3), snippet, hit.Text is null);
    }

    /// <summary>The lines of a chunk around the one that has most of the words.</summary>
    private static string Snippet(string text, IReadOnlyList<string> words, out int skipped)
    {
        string[] lines = text.TrimEnd().Split('\n');
        int best = Enumerable.Range(0, lines.Length).MaxBy(i => IdentifierWords.Of(lines[i]).Count(words.Contains));
        skipped = Math.Clamp(best - 1, 0, Math.Max(0, lines.Length - MostSnippetLines));
        while (skipped < best && string.IsNullOrWhiteSpace(lines[skipped]))
        {
            skipped++;
        }

        return string.Join('\n', lines.Skip(skipped).Take(MostSnippetLines).Select(l => l.TrimEnd('\r')));
    }

    private static void Show(CommandOutput output, SearchResult result, string folder)
    {
        // As editors and terminals like to open it: relative to where the user is.
        string place = $"{Path.GetRelativePath(Directory.GetCurrentDirectory(), Path.Combine(folder, result.Path)).Replace('\\', '/')}:{result.FirstLine}";
        string about = $"{result.Kind} {result.Symbol}".TrimEnd();
        output.Out.WriteLine(output.UsesAnsi ? $"\u001b[1m{output.Shown(place)}\u001b[22m  \u001b[36m{output.Shown(about)}\u001b[39m" : output.Shown($"{place}  {about}"));
        if (result.IsStale)
        {
            output.Out.WriteLine("    changed since it was indexed");
        }

        foreach (string line in (result.Text ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            output.Out.WriteLine($"    {output.Shown(line)}");
        }
    }
}

/// <summary>What <c>tritter search --json</c> prints for each result, one object a line.</summary>
/// <param name="Path">Relative to the repository.</param>
/// <param name="FirstLine">1-based: the first line of <paramref name="Text"/>.</param>
/// <param name="LastLine">1-based: the last line of the chunk.</param>
/// <param name="Score">BM25; null for definitions.</param>
/// <param name="Text">The lines that fit best, secrets blanked out, or a definition's signature; null when the file has changed.</param>
/// <param name="IsStale">The file has changed since it was indexed.</param>
internal sealed record SearchResult(string Path, int FirstLine, int LastLine, string Kind, string? Symbol, double? Score, string? Text, bool IsStale);
