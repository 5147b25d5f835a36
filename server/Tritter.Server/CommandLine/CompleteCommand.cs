using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Tritter.Core.Completion;
using Tritter.Core.Context;
using Tritter.Core.CSharp;
using Tritter.Core.Syntax;
using Tritter.Inference;
using Tritter.Inference.Cuda;
using Tritter.Inference.KvCache;
using Tritter.Repository.Files;
using Tritter.Repository.Index;
using Tritter.Repository.Projects;
using Tritter.Server.Models;
using Tritter.Server.Replays;

namespace Tritter.Server.CommandLine;

/// <summary><c>tritter complete FILE:LINE:COL…</c>: asks the model what stands at each place, loading it once.</summary>
internal static class CompleteCommand
{
    private static readonly HashSet<string> _none = [];

    public static Command Create(CommandOutput output)
    {
        var places = new Argument<string[]>("FILE:LINE:COL")
        {
            Description = "Where the cursor stands: line and column count from 1, the column in UTF-16 characters, as editors show them. Several places share one loaded model.",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<int> maxTokens = ModelOptions.Whole("--max-tokens", "Most tokens to generate.", CompletionRequest.DefaultMaxTokens, 1, Completer.MaxNewTokens);
        Option<string?> model = ModelOptions.Model();
        Option<string?> adapter = ModelOptions.Adapter();
        Option<ComputeDevice> device = ModelOptions.Device();
        Option<double?> memoryBudget = ModelOptions.MemoryBudget();
        Option<double?> gpuMemoryBudget = ModelOptions.GpuMemoryBudget();
        Option<int?> layerGroup = ModelOptions.LayerGroup();
        Option<KvPrecision> kv = ModelOptions.Kv();
        Option<int> threads = ModelOptions.Threads();
        var repository = new Option<string?>("--repo") { Description = "Repository name shown to the model, such as owner/name.", HelpName = "NAME" };
        Option<string?> record = ModelOptions.Record();
        var explain = new Option<bool>("--explain-context") { Description = "Print what the model is shown, in its order, with token counts." };
        Option<int> contextTokens = ModelOptions.Whole(
            "--context-tokens", "Show the model whole files of the repository, the nearest first, until they have N tokens. Their keys and values are kept in the user's cache folder for the next time.", 0, 0, 1 << 17);
        Option<bool> noContext = Switch("--no-context", "Show the model nothing of other files.");
        Option<bool> noGate = Switch("--no-gate", "Print suggestions that do not compile, too.");
        Option<bool> noMask = Switch("--no-mask", "Let the model write names that do not exist.");
        Option<bool> noFilter = Switch("--no-filter", "Print suggestions that repeat what stands around the cursor, or of which the model is not sure, too.");
        var json = new Option<bool>("--json") { Description = "Print one JSON object a line for each place." };
        var command = new Command("complete", "Print what the model suggests at a place in a file.")
        {
            places, maxTokens, model, adapter, device, kv, memoryBudget, gpuMemoryBudget, layerGroup, threads, repository, record, explain, contextTokens, noContext, noGate, noMask, noFilter, json,
        };
        // The work is synchronous and long: on a pool thread the signal that cancels it is still served.
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () => Run(
                parsed.GetRequiredValue(places),
                new Settings(
                    parsed.GetValue(model),
                    parsed.GetValue(adapter),
                    parsed.GetValue(device),
                    parsed.GetValue(kv),
                    ModelOptions.Bytes(parsed.GetValue(memoryBudget)),
                    new GpuMemory(ModelOptions.Bytes(parsed.GetValue(gpuMemoryBudget)), parsed.GetValue(layerGroup)),
                    parsed.GetValue(threads),
                    parsed.GetValue(repository),
                    parsed.GetValue(maxTokens),
                    parsed.GetValue(record),
                    new AssistanceParts(!parsed.GetValue(noContext), !parsed.GetValue(noGate), !parsed.GetValue(noMask)),
                    !parsed.GetValue(noFilter),
                    parsed.GetValue(explain),
                    parsed.GetValue(contextTokens),
                    parsed.GetValue(json)),
                output,
                cancellationToken),
            cancellationToken));
        return command;
    }

    private static int Run(string[] places, Settings settings, CommandOutput output, CancellationToken cancellationToken)
    {
        // Every place is checked before the model is loaded, so that a typo costs no wait.
        SourceCursor[] cursors = [.. places.Select(place => SourcePlace.Parse(place).Open())];
        string directory = ModelDirectory.Find(settings.Model);
        if (settings is { Record: not null, Adapter: not null })
        {
            throw new CommandFailure("--record keeps completions of the model as it is: leave --adapter or --record out");
        }

        ReplayWriter? record = ModelOptions.OpenRecord(settings.Record);

        var loading = Stopwatch.StartNew();
        using InferenceEngine engine = ModelOptions.Load(directory, settings.Threads, settings.Adapter, settings.Kv, settings.ContextTokens, Device(settings), settings.MemoryBudget, settings.GpuMemory);
        engine.DeviceFailed = device => output.Error.WriteLine($"tritter: computing on {device}");
        if (engine.IsOnCuda)
        {
            output.Error.WriteLine($"tritter: computing on {engine.Device}");
        }

        if (engine.LayersInFile is { } layers)
        {
            output.Error.WriteLine($"tritter: {layers}");
        }

        TimeSpan load = loading.Elapsed;

        using var completer = settings.ContextTokens > 0 ? new Completer(engine, contextTokens: settings.ContextTokens) : new Completer(engine);
        RecordingCompleter? recording = record is null ? null : new RecordingCompleter(completer, directory, record, problem => throw new CommandFailure(problem));
        var workspace = new CSharpWorkspace(problem => output.Error.WriteLine($"tritter: {problem}"));
        foreach (SourceCursor cursor in cursors)
        {
            var total = Stopwatch.StartNew();
            var request = new CompletionRequest(cursor.Document, cursor.Offset, settings.Repository, settings.MaxTokens) { Filtered = settings.Filtered };
            CompletionTrace? trace = settings.Explain ? new CompletionTrace() : null;
            Assistance assistance = Assist(workspace, cursor, settings, output, cancellationToken);
            int restored = 0;
            if (settings.ContextTokens > 0)
            {
                request = request with { Context = WholeContext(engine, cursor, settings.ContextTokens, cancellationToken) };
                restored = Hold(engine, completer.PromptFor(request).Stable, settings, output, cancellationToken);
                assistance = assistance with { Context = _ => request.Context };
            }

            CompletionResult result = assistance.Complete(
                (r, token) => trace is null && recording is not null ? recording.Complete(r, token) : completer.Complete(r, onText: null, trace, token), request, cancellationToken);
            if (trace is not null)
            {
                output.Out.WriteLine(PromptText.Show(engine, trace.Prompt, result.Cost));
            }

            CompletionReport report = Report(cursor.Place, result, restored, engine.Name, load, total.Elapsed);
            output.Out.WriteLine(settings.Json ? JsonSerializer.Serialize(report, CommandLineJson.Readable.CompletionReport) : Show(cursor, report, output));
        }

        return (int)ExitCode.Success;
    }

    /// <summary>What the processor alone does decides: adapters, int4 keys and values that are saved, and layers that stay in the file. Records can be repeated bit for bit unless the card was asked for.</summary>
    private static ComputeDevice Device(Settings settings) => settings is { Record: not null, Device: ComputeDevice.Auto } ? ComputeDevice.Cpu : ModelOptions.Allowed(settings.Device, settings switch
    {
        { Adapter: not null } => "--adapter",
        { MemoryBudget: not null } => "--memory-budget-gb",
        { Kv: KvPrecision.Int4, ContextTokens: > 0 } => "--kv int4 with --context-tokens",
        _ => null,
    });

    private static Option<bool> Switch(string name, string description) => new(name) { Description = description };

    /// <summary>The compiler's help where the file belongs to a C# project, the grammar's for other languages, and the index's where there is one. None is made: that would be a surprise.</summary>
    private static Assistance Assist(CSharpWorkspace workspace, SourceCursor cursor, Settings settings, CommandOutput output, CancellationToken cancellationToken)
    {
        AssistanceParts parts = settings.Parts;
        string path = Path.GetFullPath(cursor.Place.File).Replace('\\', '/');
        string text = cursor.Document.Text;
        Assistance assistance = cursor.Document.LanguageId == "csharp" && workspace.ProjectOf(path, cancellationToken) is { } project
            ? CSharpAssistance.For(FocusedFile.Of(project, path, text), cursor.Offset, parts, Shown)
            : SyntaxAssistance.For(cursor.Document.LanguageId, text, cursor.Offset, parts.Gate);
        if (!parts.Retrieval || (parts.Sources & ~RetrievalSources.Outlines) == 0)
        {
            return assistance;
        }

        if (RepositoryIndex.Above(path, problem => output.Error.WriteLine($"tritter: {problem}")) is not { } index)
        {
            if (settings.Explain)
            {
                output.Error.WriteLine("tritter: no folder above the file is indexed, so other files are found by the compiler alone (C#); run: tritter index");
            }

            return assistance;
        }

        string own = Path.GetRelativePath(index.Root, path).Replace('\\', '/');
        return assistance.With(
            token => [.. RepositoryContext.Find(index, own, text, cursor.Offset, parts.Sources, token).Select(c => c with { Path = Shown(Path.Combine(index.Root, c.Path)) })], text, recent: _none);

        static string Shown(string full) => Path.GetRelativePath(Environment.CurrentDirectory, full).Replace('\\', '/');
    }

    private static IReadOnlyList<ContextPiece> WholeContext(InferenceEngine engine, SourceCursor cursor, int tokens, CancellationToken cancellationToken)
    {
        string path = Path.GetFullPath(cursor.Place.File);
        return WholeFiles.Around(RepositoryRoot.Of(path), path, tokens, piece => FimPrompt.TokensOf(engine, piece), cancellationToken);
    }

    /// <summary>Has the model read what all completions of a repository begin with.</summary>
    /// <returns>Tokens that it had read in an earlier run.</returns>
    private static int Hold(InferenceEngine engine, int[] tokens, Settings settings, CommandOutput output, CancellationToken cancellationToken)
    {
        // With an adapter keys and values are other ones, and nothing keeps them.
        if (settings.Adapter is not null || tokens.Length == 0)
        {
            return 0;
        }

        using var progress = new ProgressLine(output, "reading the repository", tokens.Length, TimeProvider.System, "tokens");
        var prefixes = new StoredPrefixes(Path.Combine(CacheFolder.Path, "prefixes"), StoredPrefixes.DefaultBytes, problem => output.Error.WriteLine($"tritter: {problem}"));
        return prefixes.Hold(engine, tokens, done => progress.Report(done), cancellationToken);
    }

    private static CompletionReport Report(SourcePlace place, CompletionResult result, int restored, string model, TimeSpan load, TimeSpan total) => new(
        place.File,
        place.Line,
        place.Column,
        result.Text,
        result.EmptyReason,
        model,
        result.Cost.PromptTokens,
        result.Cost.CachedTokens,
        restored,
        result.Cost.GeneratedTokens,
        Ms(load),
        Ms(result.Cost.Prefill),
        Ms(result.Cost.Decode),
        Math.Round(result.Cost.TokensPerSecond, 1),
        Ms(total));

    private static string Show(SourceCursor cursor, CompletionReport report, CommandOutput output)
    {
        string nothing = report.Text.Length == 0 ? $"nothing to suggest: {report.Reason}{Environment.NewLine}" : "";
        return GhostText.Render(cursor, report.Text, output) + Environment.NewLine + nothing + string.Create(
            CultureInfo.InvariantCulture,
            $"{report.PromptTokens} prompt tokens ({report.CachedTokens} cached{(report.RestoredTokens > 0 ? string.Create(CultureInfo.InvariantCulture, $", {report.RestoredTokens} of them restored") : "")}), prefill {report.PrefillMs:0} ms, {report.GeneratedTokens} tokens in {report.DecodeMs:0} ms, {report.TokensPerSecond:0.0} tokens/s");
    }

    private static double Ms(TimeSpan time) => Math.Round(time.TotalMilliseconds, 1);

    private sealed record Settings(string? Model, string? Adapter, ComputeDevice Device, KvPrecision Kv, long? MemoryBudget, GpuMemory GpuMemory, int Threads, string? Repository, int MaxTokens, string? Record, AssistanceParts Parts, bool Filtered, bool Explain, int ContextTokens, bool Json);
}
