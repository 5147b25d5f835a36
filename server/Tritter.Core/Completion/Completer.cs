using Tritter.Inference;

namespace Tritter.Core.Completion;

/// <summary>Answers completion requests with the model. Not thread-safe: one owner thread at a time.</summary>
public sealed class Completer(InferenceEngine engine)
{
    /// <summary>Completes at the cursor. Synchronous and compute-bound; the token is checked at every decoded token and prefill chunk.</summary>
    /// <param name="onText">Called with each piece of text as it is decoded, before the final trimming; may be null.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public CompletionResult Complete(CompletionRequest request, Action<string>? onText, CancellationToken cancellationToken)
    {
        _ = engine;
        return new CompletionResult("", "the model is not there yet", default);
    }
}
