using System.Collections.Immutable;
using System.Globalization;
using Tritter.Core.Completion;
using Tritter.Core.Documents;
using Tritter.Server.Completions;
using Tritter.Server.Indexing;
using Tritter.Server.State;

namespace Tritter.Server.Lsp;

/// <summary>Between the protocol's types and ours, in both directions. The only place that knows both.</summary>
internal static class Conversions
{
    private const string Utf8Name = "utf-8";
    private const string Utf16Name = "utf-16";

    /// <summary>The first encoding in the client's order of preference that we know; UTF-16 where it states none.</summary>
    public static PositionEncoding ToEncoding(string[]? preferences) =>
        preferences?.FirstOrDefault(name => name is Utf8Name or Utf16Name) == Utf8Name ? PositionEncoding.Utf8 : PositionEncoding.Utf16;

    public static string ToLsp(PositionEncoding encoding) => encoding == PositionEncoding.Utf8 ? Utf8Name : Utf16Name;

    public static Session ToSession(InitializeParams parameters) => new(
        ToEncoding(parameters.Capabilities?.General?.PositionEncodings),
        ToFolders(parameters),
        parameters.Capabilities?.Window?.WorkDoneProgress == true,
        parameters.Capabilities?.Workspace?.Configuration == true,
        parameters.Capabilities?.Workspace?.DidChangeConfiguration?.DynamicRegistration == true)
    {
        CanRegisterWatchers = parameters.Capabilities?.Workspace?.DidChangeWatchedFiles?.DynamicRegistration == true,
    };

    public static OpenDocument ToDocument(TextDocumentItem item, ImmutableArray<Folder> folders)
    {
        (string path, string? repository) = DocumentPath.InWorkspace(item.Uri, folders);
        return new OpenDocument(item.Uri, repository, new Document(path, item.LanguageId, item.Version, item.Text), new LineIndex(item.Text));
    }

    /// <summary>The document after all of <paramref name="changes"/>, each counted in the text that the one before left.</summary>
    public static OpenDocument Apply(OpenDocument open, int version, TextDocumentContentChangeEvent[] changes, PositionEncoding encoding)
    {
        foreach (TextDocumentContentChangeEvent change in changes)
        {
            Document changed = open.Document.Apply(version, [ToTextChange(change, open, encoding)]);
            open = open with { Document = changed, Lines = new LineIndex(changed.Text) };
        }

        return open;
    }

    /// <exception cref="LineOutOfRangeException">The document has no such line.</exception>
    public static int ToOffset(Position position, OpenDocument open, PositionEncoding encoding) =>
        open.Lines.OffsetOf(new LinePosition(position.Line, position.Character), encoding);

    /// <summary>The question to the model, and how to put its answer into the text that the client shows.</summary>
    /// <exception cref="LineOutOfRangeException">The document has no such line.</exception>
    public static CompletionQuestion ToQuestion(InlineCompletionParams parameters, OpenDocument open, Snapshot snapshot)
    {
        PositionEncoding encoding = snapshot.Session.Encoding;
        Document document = open.Document;
        int offset = ToOffset(parameters.Position, open, encoding);
        var replaced = new TextRange(parameters.Position, parameters.Position);
        string begin = "";
        if (parameters.Context?.SelectedCompletionInfo is { } selected)
        {
            // Complete what stands there after the entry is accepted.
            TextChange accepted = ToTextChange(new TextDocumentContentChangeEvent(selected.Text, selected.Range), open, encoding);
            document = document.Apply(document.Version, [accepted]);
            offset = accepted.Start + selected.Text.Length;
            (replaced, begin) = (selected.Range, selected.Text);
        }

        var request = new CompletionRequest(document, offset, open.Repository, snapshot.Settings.MaxTokens) { Adapter = snapshot.Settings.AdapterOf(DocumentPath.FromUri(open.Uri)) };
        return new CompletionQuestion(request, begin, replaced);
    }

    /// <param name="question">Null when the document is not open; then there is no suggestion.</param>
    public static InlineCompletionList ToLsp(DeskAnswer answer, CompletionQuestion? question)
    {
        if (answer.Id is null || question is null)
        {
            return InlineCompletionList.Empty;
        }

        // What is replaced behind the cursor are brackets and quotes, of one unit each in every encoding.
        Position end = question.Replaced.End;
        TextRange replaced = question.Replaced with { End = end with { Character = end.Character + answer.Replaces } };
        return new([new InlineCompletionItem(question.Begin + answer.Result.Text, replaced, new Command("Accepted", Command.Accepted, [answer.Id]))]);
    }

    public static StatsResult ToLsp(StatsSnapshot stats, string model, IndexStats index, long memoryMb) => new(
        model,
        stats.Decoding > TimeSpan.Zero ? Math.Round(stats.GeneratedTokens / stats.Decoding.TotalSeconds, 1) : 0,
        stats.Requests,
        stats.Answered,
        stats.FromCache,
        stats.Shown,
        stats.Accepted,
        stats.PartiallyAccepted,
        stats.Kept,
        new LatencyStats(
            Math.Round(stats.P50, 1),
            Math.Round(stats.P95, 1),
            [.. stats.Histogram.Select((count, i) => new LatencyBucket(i < Latencies.Bounds.Length ? Latencies.Bounds[i] : null, count))],
            [.. stats.Slowest.Select(ToLsp)]),
        new PromptTokenStats(stats.CachedTokens, stats.ComputedTokens),
        [.. stats.EmptyReasons.Select(r => new EmptyReasonCount(r.Key, r.Value))],
        stats.LastEmpty is var (uri, reason) ? new LastEmpty(uri, reason) : null,
        index,
        memoryMb);

    private static SlowAnswer ToLsp(Answered answer)
    {
        (TimeSpan latency, CompletionCost cost, AssistanceCost help) = answer;
        return new SlowAnswer(Ms(latency), Ms(help.Context), Ms(cost.Prefill), Ms(cost.Decode), Ms(help.Names), Ms(help.Gate), cost.PromptTokens - cost.CachedTokens, cost.GeneratedTokens);
        static double Ms(TimeSpan time) => Math.Round(time.TotalMilliseconds, 1);
    }

    public static LastPromptResult ToLsp(string uri, IReadOnlyList<PromptPiece> pieces, CompletionCost cost) => new(
        uri,
        cost.PromptTokens,
        cost.CachedTokens,
        cost.PromptTokens - cost.CachedTokens,
        [.. pieces.Select(piece => new LastPromptPiece(piece.Kind.ToString().ToLowerInvariant(), piece.Path, piece.Tokens, piece.Text))]);

    public static ImmutableArray<Folder> Apply(ImmutableArray<Folder> folders, WorkspaceFoldersChangeEvent change)
    {
        HashSet<string> removed = [.. change.Removed.Concat(change.Added).Select(folder => ToFolder(folder.Uri, "").Path)];
        return [.. folders.Where(folder => !removed.Contains(folder.Path)), .. change.Added.Select(folder => ToFolder(folder.Uri, folder.Name))];
    }

    public static string ToLogLine(DeskAnswer answer, string path) => answer.Result is var result && result.Text.Length == 0
        ? $"no completion: {result.EmptyReason ?? EmptyReason.Unknown}{(result.Detail is { } detail ? $": {detail}" : "")} ({path})"
        : answer.IsFromCache ? $"completed {path} from the cache"
        : ToLogLine(result.Cost, path) + ToLogLine(result.Assistance)
        + (result.Verdict is { Outcome: not GateOutcome.Kept } verdict && (verdict.Outcome != GateOutcome.Abstained || verdict.Reason == EmptyReason.Unjudged) ? $"; {verdict.Outcome.ToString().ToLowerInvariant()}, {verdict.Reason}" : "");

    private static string ToLogLine(AssistanceCost cost) => cost == default ? "" : string.Create(
        CultureInfo.InvariantCulture,
        $"; context {cost.Context.TotalMilliseconds:0} ms, names {cost.Names.TotalMilliseconds:0} ms, gate {cost.Gate.TotalMilliseconds:0} ms");

    private static string ToLogLine(CompletionCost cost, string path) => string.Create(
        CultureInfo.InvariantCulture,
        $"completed {path}: {cost.PromptTokens} prompt tokens, {cost.CachedTokens} of them cached, prefill {cost.Prefill.TotalMilliseconds:0} ms; {cost.GeneratedTokens} tokens in {cost.Decode.TotalMilliseconds:0} ms");

    /// <param name="model">The model's name.</param>
    public static IndexStats ToLsp(IndexState state) => new(state.Name, state.Files, state.FilesDone, state.Redactions, state.Reason);

    public static StatusParams ToLsp(ModelState state, string model) => state.Phase switch
    {
        ModelPhase.Starting => new StatusParams("starting", Model: model, Progress: state.Progress),
        ModelPhase.Ready => new StatusParams("ready", Model: model, Device: state.Device?.Line),
        ModelPhase.Busy => new StatusParams("busy", Model: model, Device: state.Device?.Line),
        _ => new StatusParams("error", state.Failure?.Message.ReplaceLineEndings(" "), model),
    };

    private static TextChange ToTextChange(TextDocumentContentChangeEvent change, OpenDocument open, PositionEncoding encoding)
    {
        if (change.Range is not { } range)
        {
            return new TextChange(0, open.Document.Text.Length, change.Text);
        }

        int start = ToClampedOffset(range.Start, open, encoding);
        int end = ToClampedOffset(range.End, open, encoding);
        return new TextChange(Math.Min(start, end), Math.Max(start, end), change.Text);
    }

    // An edit cannot be refused, only lost, and clients such as neovim address the line after the last one to mean the end of the text.
    private static int ToClampedOffset(Position position, OpenDocument open, PositionEncoding encoding) =>
        position.Line >= open.Lines.LineCount ? open.Document.Text.Length : ToOffset(position with { Line = Math.Max(0, position.Line) }, open, encoding);

    private static ImmutableArray<Folder> ToFolders(InitializeParams parameters)
    {
        if (parameters.WorkspaceFolders is { Length: > 0 } folders)
        {
            return [.. folders.Select(folder => ToFolder(folder.Uri, folder.Name))];
        }

        return parameters.RootUri is { } root ? [ToFolder(root, "")] : [];
    }

    private static Folder ToFolder(string uri, string name)
    {
        string path = DocumentPath.FromUri(uri).TrimEnd('/');
        return new Folder(path, name.Length > 0 ? name : path[(path.LastIndexOf('/') + 1)..]);
    }
}

/// <param name="Begin">What the inserted text has to begin with, before the model's own.</param>
/// <param name="Replaced">What the inserted text replaces.</param>
internal sealed record CompletionQuestion(CompletionRequest Request, string Begin, TextRange Replaced);
