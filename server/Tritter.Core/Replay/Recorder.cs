using Tritter.Core.Completion;
using Tritter.Inference;
using Tritter.Inference.Model;

namespace Tritter.Core.Replay;

/// <summary>Completes and puts down how it came about.</summary>
/// <param name="model">What <paramref name="completer"/> runs.</param>
/// <param name="version">Of this program, for people who compare two records.</param>
public sealed class Recorder(Completer completer, ModelIdentity model, string version)
{
    /// <exception cref="OperationCanceledException">The token was cancelled; there is no record of a part of a completion.</exception>
    public (CompletionResult Result, CompletionRecord Record) Complete(CompletionRequest request, CancellationToken cancellationToken)
    {
        // Also when it fails on the way.
        string? card = completer.Card;
        var trace = new CompletionTrace();
        CompletionResult result = completer.Complete(request, onText: null, trace, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        RecordedOptions? options = trace.Options is { } watched ? RecordedOptions.Of(watched, trace.Prompt.Typed, trace.KvPrecision) : null;
        RecordedStep[] steps = [.. trace.Logits.Select((logits, i) => new RecordedStep(logits, i < trace.Tokens.Count ? trace.Tokens[i] : null))];
        var record = new CompletionRecord(
            CompletionRecord.Format,
            version,
            InferenceEngine.Numerics,
            model,
            RecordedRequest.Of(trace.StoppedAfter is { } tokens ? request with { MaxTokens = tokens } : request, trace.Names),
            trace.Prompt.Tokens,
            options,
            steps,
            result.Text,
            result.EmptyReason)
        {
            Device = card,
        };
        return (result, record);
    }
}
