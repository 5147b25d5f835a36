using Tritter.Core.Completion;
using Tritter.Core.Documents;
using Tritter.Inference;
using Tritter.Inference.Cuda;
using Tritter.Inference.Tokenizer;
using Tritter.Server.Lsp;
using Tritter.Server.Replays;

namespace Tritter.Server.Completions;

/// <summary>A model that can complete, for use by one thread.</summary>
/// <param name="Complete">As <see cref="Completer.Complete"/>.</param>
/// <param name="Close">Releases its memory.</param>
internal sealed record LoadedModel(Func<CompletionRequest, CancellationToken, CompletionResult> Complete, Action Close)
{
    /// <summary>Turns its tokens into text; null for one that has none.</summary>
    public TritterTokenizer? Tokenizer { get; init; }

    /// <summary>Where it computes now; null for one that cannot say. Asked on its thread.</summary>
    public Func<ModelDevice>? Device { get; init; }

    /// <summary>Loads the model in <paramref name="directory"/> on the calling thread, which may take seconds.</summary>
    /// <param name="wanted">Where to compute.</param>
    /// <param name="adapter">Folder of the adapter for requests that name none; null for the model as it is.</param>
    /// <param name="record">Keeps every completion of the model as it is that was not cancelled, for which a card is used only when it was named; null to keep none.</param>
    /// <exception cref="CudaException">A card was named and cannot be used.</exception>
    public static LoadedModel Load(string directory, ComputeDevice wanted, int threads, string? adapter, ReplayWriter? record, LspLog log)
    {
        // What is recorded is to be repeated to the last bit.
        ComputeDevice device = record is not null && wanted == ComputeDevice.Auto ? ComputeDevice.Cpu : wanted;
        InferenceEngine engine = InferenceEngine.Load(directory, threads, device: device);
        log.Write(MessageType.Info, $"computing on {engine.Device}{(device == wanted ? "" : ": completions are recorded")}");
        bool hasFailed = false;
        engine.DeviceFailed = _ => hasFailed = true;
        if (engine.LayersInFile is { } layers)
        {
            log.Write(MessageType.Info, layers);
        }

        var completer = new Completer(engine);
        RecordingCompleter? recording = record is null ? null : new RecordingCompleter(completer, directory, record, problem => log.Write(MessageType.Warning, problem));
        var adapted = new AdaptedCompleters(engine, problem => log.Write(MessageType.Warning, problem));
        try
        {
            WarmUp(completer);
        }
        catch
        {
            Close();
            throw;
        }

        return new LoadedModel(Complete, Close) { Tokenizer = engine.Tokenizer, Device = Device };

        ModelDevice Device()
        {
            var now = new ModelDevice(engine.Device, hasFailed);
            hasFailed = false;
            return now;
        }

        CompletionResult Complete(CompletionRequest request, CancellationToken cancellationToken) =>
            (request.Adapter ?? adapter) is { } folder && adapted.Of(folder) is { } other ? other.Complete(request, null, cancellationToken)
            : recording is not null ? recording.Complete(request, cancellationToken)
            : completer.Complete(request, null, cancellationToken);

        void Close()
        {
            adapted.Dispose();
            completer.Dispose();
            engine.Dispose();
        }
    }

    /// <summary>Compiles what every completion runs and brings the weights into memory: the first one is then nearly as fast as the others.</summary>
    private static void WarmUp(Completer completer)
    {
        string text = string.Concat(Enumerable.Range(0, 24).Select(i => $"    int Next{i}(int value) => value + {i};\n"));
        _ = completer.Complete(new CompletionRequest(new Document("WarmUp.cs", "csharp", 1, text), text.Length, MaxTokens: 8), null, CancellationToken.None);
    }

    /// <summary>Stands in for a model that could not be loaded: it has nothing to say, and says why.</summary>
    public static LoadedModel Missing(string reason) =>
        new((_, _) => new CompletionResult("", EmptyReason.NoModel, default) { Detail = reason.ReplaceLineEndings(" ") }, () => { });
}
