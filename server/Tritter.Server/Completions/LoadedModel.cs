using Tritter.Core.Completion;
using Tritter.Inference;
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

    /// <summary>Loads the model in <paramref name="directory"/> on the calling thread, which may take seconds.</summary>
    /// <param name="record">Keeps every completion that was not cancelled; null to keep none.</param>
    public static LoadedModel Load(string directory, int threads, ReplayWriter? record, LspLog log)
    {
        InferenceEngine engine = InferenceEngine.Load(directory, threads);
        var completer = new Completer(engine);
        if (record is null)
        {
            return new LoadedModel((request, cancellationToken) => completer.Complete(request, null, cancellationToken), Close) { Tokenizer = engine.Tokenizer };
        }

        var recording = new RecordingCompleter(completer, directory, record, problem => log.Write(MessageType.Warning, problem));
        return new LoadedModel(recording.Complete, Close) { Tokenizer = engine.Tokenizer };

        void Close()
        {
            completer.Dispose();
            engine.Dispose();
        }
    }

    /// <summary>Stands in for a model that could not be loaded: it has nothing to say, and says why.</summary>
    public static LoadedModel Missing(string reason) =>
        new((_, _) => new CompletionResult("", EmptyReason.NoModel, default) { Detail = reason.ReplaceLineEndings(" ") }, () => { });
}
