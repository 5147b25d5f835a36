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
    /// <returns>Empty where the request's time was over before the model had read its prompt.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public CompletionResult Complete(Func<CompletionRequest, CancellationToken, CompletionResult> complete, CompletionRequest request, CancellationToken cancellationToken)
    {
        using CancellationTokenSource? tooLate = request.Budget?.CancelWhenHard(cancellationToken);
        var clock = new AssistanceClock();
        try
        {
            CancellationToken until = tooLate?.Token ?? cancellationToken;
            IReadOnlyList<ContextPiece> context = Context is null ? [] : clock.Context(() => Context(until));
            CompletionResult result = complete(request with { Context = context, Names = clock.Watch(Names) }, until);
            result = Gate is null || result.Text.Length == 0 ? result : clock.Gate(() => Judged(result, request, cancellationToken));
            return result with { Assistance = clock.Cost };
        }
        catch (OperationCanceledException) when (tooLate?.IsCancellationRequested == true && !cancellationToken.IsCancellationRequested)
        {
            return new CompletionResult("", EmptyReason.Unfinished, default) { Assistance = clock.Cost };
        }
    }

    private CompletionResult Judged(CompletionResult result, CompletionRequest request, CancellationToken cancellationToken)
    {
        using CancellationTokenSource? tooLate = request.Budget?.CancelWhenGateIsOver(cancellationToken);
        GateVerdict verdict;
        try
        {
            verdict = Gate!(result.Text, tooLate?.Token ?? cancellationToken);
        }
        catch (OperationCanceledException) when (tooLate?.IsCancellationRequested == true && !cancellationToken.IsCancellationRequested)
        {
            return AfterNoVerdict(result, request);
        }

        return result with
        {
            Text = verdict.Text,
            EmptyReason = verdict.Text.Length == 0 ? EmptyReason.DoesNotCompile : null,
            Detail = verdict.Text.Length == 0 ? $"{result.Text.ReplaceLineEndings(" ")}: {verdict.Reason}" : null,
            Verdict = verdict,
        };
    }

    /// <summary>Names that stand in the document already are hardly wrong; what has others is not shown.</summary>
    private static CompletionResult AfterNoVerdict(CompletionResult result, CompletionRequest request)
    {
        bool known = KnownNames.All(result.Text, request.Document.Text, request.Offset);
        return result with
        {
            Text = known ? result.Text : "",
            EmptyReason = known ? null : EmptyReason.Unjudged,
            Verdict = new GateVerdict(GateOutcome.Abstained, known ? result.Text : "", EmptyReason.Unjudged),
        };
    }
}
