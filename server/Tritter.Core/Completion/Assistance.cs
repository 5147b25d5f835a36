namespace Tritter.Core.Completion;

/// <summary>What is known of the code around a cursor beside its own text. Each part may be missing.</summary>
/// <param name="Context">What to show the model of other files.</param>
/// <param name="Names">Which names exist.</param>
/// <param name="Gate">Looks at a suggestion, as it would be inserted, before anybody sees it.</param>
public sealed record Assistance(
    Func<CancellationToken, IReadOnlyList<ContextPiece>>? Context = null, NameOracle? Names = null, Func<string, CancellationToken, GateVerdict>? Gate = null)
{
    public static Assistance None { get; } = new();

    /// <summary>Completes with all parts in their order: context into the prompt, names while decoding, the gate behind it.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public CompletionResult Complete(Func<CompletionRequest, CancellationToken, CompletionResult> complete, CompletionRequest request, CancellationToken cancellationToken)
    {
        CompletionResult result = complete(request with { Context = Context?.Invoke(cancellationToken) ?? [], Names = Names }, cancellationToken);
        if (Gate is null || result.Text.Length == 0)
        {
            return result;
        }

        GateVerdict verdict = Gate(result.Text, cancellationToken);
        return result with
        {
            Text = verdict.Text,
            EmptyReason = verdict.Text.Length == 0 ? $"the suggestion {result.Text.ReplaceLineEndings(" ")} would not compile: {verdict.Reason}" : null,
            Verdict = verdict,
        };
    }
}
