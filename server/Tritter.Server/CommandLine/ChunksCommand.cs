using System.CommandLine;
using System.Text;
using System.Text.Json;
using Tritter.Core.Chunking;
using Tritter.Core.Documents;
using Tritter.Core.Syntax;

namespace Tritter.Server.CommandLine;

/// <summary><c>tritter chunks FILE</c>: shows where a file is cut for the index.</summary>
internal static class ChunksCommand
{
    private static readonly int[] _colours = [36, 33];

    public static Command Create(CommandOutput output)
    {
        var file = new Argument<string>("FILE") { Description = "File to cut." };
        var tokens = new Option<int>("--max-tokens") { Description = "Largest chunk, in estimated tokens.", DefaultValueFactory = _ => ChunkBudget.Default.MaxTokens };
        var json = new Option<bool>("--json") { Description = "Print one JSON object a chunk." };
        var command = new Command("chunks", "Show the pieces into which a file is cut.") { file, tokens, json };
        command.SetAction((parsed, cancellationToken) => Task.FromResult(Run(output, parsed.GetValue(file)!, parsed.GetValue(tokens), parsed.GetValue(json), cancellationToken)));
        return command;
    }

    private static int Run(CommandOutput output, string file, int tokens, bool json, CancellationToken cancellationToken)
    {
        if (tokens < 1)
        {
            throw new CommandFailure($"--max-tokens must be at least 1, not {tokens}", ExitCode.Usage);
        }

        if (TreeSitter.MissingFor(Languages.OfPath(file)) is { } missing)
        {
            output.Error.WriteLine($"tritter: {missing}");
        }

        string text = CommandFailure.Reading(file, () => File.ReadAllText(file, Encoding.UTF8));
        ChunkBudget budget = tokens == ChunkBudget.Default.MaxTokens ? ChunkBudget.Default : new ChunkBudget(tokens, tokens / 4);
        IReadOnlyList<Chunk> chunks = Chunker.Cut(file, text, budget, cancellationToken);
        for (int i = 0; i < chunks.Count; i++)
        {
            Chunk chunk = chunks[i];
            if (json)
            {
                output.Out.WriteLine(JsonSerializer.Serialize(Report(chunk, text), CommandLineJson.Readable.ChunkReport));
            }
            else
            {
                Show(output, chunk, chunk.In(text), _colours[i % _colours.Length]);
            }
        }

        return (int)ExitCode.Success;
    }

    private static void Show(CommandOutput output, Chunk chunk, ReadOnlySpan<char> text, int colour)
    {
        string title = $"── {chunk.FirstLine + 1}–{chunk.LastLine + 1} {chunk.Kind} {chunk.Symbol} ({ChunkBudget.Tokens(chunk.Length)} tokens)";
        string shown = output.Shown(text).TrimEnd('\r', '\n');
        output.Out.WriteLine(output.UsesAnsi ? $"\u001b[1m{output.Shown(title)}\u001b[22m" : output.Shown(title));
        output.Out.WriteLine(output.UsesAnsi ? $"\u001b[{colour}m{shown}\u001b[39m" : shown);
    }

    private static ChunkReport Report(Chunk chunk, string text) => new(
        chunk.Path,
        chunk.Start,
        chunk.Length,
        chunk.FirstLine + 1,
        chunk.LastLine + 1,
        chunk.Kind.ToString(),
        chunk.Symbol,
        chunk.Signature,
        chunk.Doc,
        ChunkBudget.Tokens(chunk.Length),
        chunk.In(text).ToString());
}

/// <summary>What <c>tritter chunks --json</c> prints for each chunk, one object a line.</summary>
/// <param name="Start">Offset in the text, in UTF-16 code units; a byte order mark is not counted.</param>
/// <param name="FirstLine">1-based.</param>
/// <param name="LastLine">1-based.</param>
/// <param name="Tokens">Estimated.</param>
internal sealed record ChunkReport(
    string Path,
    int Start,
    int Length,
    int FirstLine,
    int LastLine,
    string Kind,
    string? Symbol,
    string? Signature,
    string? Doc,
    int Tokens,
    string Text);
