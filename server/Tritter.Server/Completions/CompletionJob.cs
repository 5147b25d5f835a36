using Tritter.Core.Completion;

namespace Tritter.Server.Completions;

/// <summary>A completion on its way. It is answered once, by whoever comes first: the model, the client's cancellation or a newer event.</summary>
internal sealed class CompletionJob(Ticket ticket, CompletionRequest request, Assistance assistance)
{
    private readonly TaskCompletionSource<CompletionResult> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stop = new();

    public Ticket Ticket => ticket;

    public Task<CompletionResult> Answer => _answer.Task;

    /// <summary>Answers at once; the computation, if it runs, ends at its next step.</summary>
    /// <param name="reason">What the request fails with; null to answer that it was cancelled.</param>
    public void Abandon(Exception? reason)
    {
        _stop.Cancel();
        _ = reason is null ? _answer.TrySetCanceled() : _answer.TrySetException(reason);
    }

    /// <summary>Computes the answer on the calling thread.</summary>
    /// <returns>What the request fails with; null for nothing.</returns>
    public Exception? Run(LoadedModel model)
    {
        try
        {
            _answer.TrySetResult(assistance.Complete(model.Complete, request, _stop.Token));
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Whoever stopped it answers.
        }
        catch (Exception e)
        {
            // The request fails with it, and the dispatcher that awaits the answer logs it; this thread lives on for the next one.
            _answer.TrySetException(e);
            return e;
        }

        return null;
    }
}
