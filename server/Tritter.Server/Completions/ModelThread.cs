using System.Collections.Immutable;
using Tritter.Core.Completion;
using Tritter.Inference.Tokenizer;

namespace Tritter.Server.Completions;

/// <summary>
/// The one thread that loads the model and computes with it, one completion at a time. Its methods may be called from any thread.
/// Requests that come before the model is loaded wait for it.
/// </summary>
/// <param name="load">Runs on the thread, once.</param>
/// <param name="report">Told of every change of state, on the thread.</param>
/// <param name="time">By which delays run.</param>
internal sealed class ModelThread(Func<LoadedModel> load, Action<ModelState> report, TimeProvider time) : IDisposable
{
    private readonly object _gate = new();
    private readonly Dictionary<Ticket, CompletionJob> _jobs = [];
    private readonly TaskCompletionSource _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CompletionQueue _queue = CompletionQueue.Empty;
    private Thread? _thread;
    private long _lastId;
    private bool _stopping;

    /// <summary>Of the model; null until it is loaded.</summary>
    public TritterTokenizer? Tokenizer { get; private set; }

    /// <summary>Ends when the model is there, or is known not to come.</summary>
    public Task Loaded => _loaded.Task;

    /// <summary>Starts to load the model, unless that was done.</summary>
    public void Start()
    {
        lock (_gate)
        {
            if (_thread is null && !_stopping)
            {
                _thread = new Thread(Run) { Name = "model", IsBackground = true };
                _thread.Start();
            }
        }
    }

    /// <summary>Completes after everything asked before. The request is in the queue when this returns its task.</summary>
    /// <param name="delay">The completion does not begin before.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled, or a newer request for the same document came.</exception>
    /// <exception cref="ContentModifiedException">The document changed.</exception>
    public async Task<CompletionResult> CompleteAsync(string uri, CompletionRequest request, Assistance assistance, TimeSpan delay, CancellationToken cancellationToken)
    {
        Start();
        CompletionJob job = Enqueue(uri, request, assistance, isIdle: false, delay);
        await using ITimer? wake = WakeAfter(delay);
        await using CancellationTokenRegistration registration = cancellationToken.Register(() => Cancel(job));
        return await job.Answer;
    }

    /// <summary>Completes when there is nothing else to do, and gives up as soon as there is.</summary>
    /// <param name="delay">It does not begin before.</param>
    /// <inheritdoc cref="CompleteAsync"/>
    public async Task<CompletionResult> WhenIdleAsync(string uri, CompletionRequest request, Assistance assistance, TimeSpan delay)
    {
        CompletionJob job = Enqueue(uri, request, assistance, isIdle: true, delay);
        await using ITimer? wake = WakeAfter(delay);
        return await job.Answer;
    }

    /// <summary>A newer request was answered without the model: older ones about the document are cancelled.</summary>
    public void Superseded(string uri) => Drop(uri, null);

    /// <summary>The document changed or closed: what was asked about it is answered with <see cref="ContentModifiedException"/>.</summary>
    public void Edited(string uri) => Drop(uri, new ContentModifiedException());

    private void Drop(string uri, Exception? reason)
    {
        CompletionJob[] dropped;
        lock (_gate)
        {
            (_queue, ImmutableArray<Ticket> tickets) = _queue.Edit(uri);
            dropped = Take(tickets);
        }

        Abandon(dropped, reason);
    }

    /// <summary>Cancels everything. The thread closes the model and ends after its current step.</summary>
    public void Dispose()
    {
        CompletionJob[] dropped;
        lock (_gate)
        {
            _stopping = true;
            dropped = [.. _jobs.Values];
            _jobs.Clear();
            Monitor.Pulse(_gate);
        }

        Abandon(dropped, null);
    }

    private ITimer? WakeAfter(TimeSpan delay) => delay <= TimeSpan.Zero ? null : time.CreateTimer(_ => Wake(), null, delay, Timeout.InfiniteTimeSpan);

    private void Wake()
    {
        lock (_gate)
        {
            Monitor.Pulse(_gate);
        }
    }

    private CompletionJob Enqueue(string uri, CompletionRequest request, Assistance assistance, bool isIdle, TimeSpan delay)
    {
        long notBefore = delay <= TimeSpan.Zero ? 0 : time.GetTimestamp() + (long)(delay.TotalSeconds * time.TimestampFrequency);
        CompletionJob job;
        CompletionJob[] dropped;
        lock (_gate)
        {
            job = new CompletionJob(new Ticket(++_lastId, uri, isIdle, notBefore), request, assistance);
            (_queue, ImmutableArray<Ticket> tickets) = _queue.Ask(job.Ticket);
            dropped = Take(tickets);
            _jobs.Add(job.Ticket, job);
            Monitor.Pulse(_gate);
        }

        Abandon(dropped, null);
        return job;
    }

    private void Cancel(CompletionJob job)
    {
        lock (_gate)
        {
            _queue = _queue.Cancel(job.Ticket);
            _jobs.Remove(job.Ticket);
        }

        job.Abandon(null);
    }

    private CompletionJob[] Take(ImmutableArray<Ticket> tickets)
    {
        var taken = new List<CompletionJob>(tickets.Length);
        foreach (Ticket ticket in tickets)
        {
            if (_jobs.Remove(ticket, out CompletionJob? job))
            {
                taken.Add(job);
            }
        }

        return [.. taken];
    }

    private static void Abandon(CompletionJob[] jobs, Exception? reason) => Array.ForEach(jobs, job => job.Abandon(reason));

    private void Run()
    {
        (LoadedModel model, bool isThere) = Load();
        while (Next() is { } job)
        {
            bool isShown = isThere && !job.Ticket.IsIdle;
            if (isShown)
            {
                report(new ModelState(ModelPhase.Busy));
            }

            job.Run(model);
            if (isShown)
            {
                report(new ModelState(ModelPhase.Ready));
            }
        }

        model.Close();
    }

    private (LoadedModel Model, bool IsThere) Load()
    {
        report(new ModelState(ModelPhase.Starting, Progress: 0));
        try
        {
            LoadedModel model = load();
            Tokenizer = model.Tokenizer;
            report(new ModelState(ModelPhase.Ready));
            return (model, true);
        }
        catch (Exception e)
        {
            // Whatever is wrong with the model's folder, the user hears of it through the state, and the server goes on without a model.
            report(new ModelState(ModelPhase.Failed, e));
            return (LoadedModel.Missing(e.Message), false);
        }
        finally
        {
            _loaded.TrySetResult();
        }
    }

    /// <summary>Waits for the next job; null when the thread has to end.</summary>
    private CompletionJob? Next()
    {
        lock (_gate)
        {
            if (_queue.Running is { } finished)
            {
                _jobs.Remove(finished);
            }

            _queue = _queue.Next(time.GetTimestamp());
            while (_queue.Running is null && !_stopping)
            {
                Monitor.Wait(_gate);
                _queue = _queue.Next(time.GetTimestamp());
            }

            return _stopping ? null : _jobs[_queue.Running!.Value];
        }
    }
}

/// <summary>An edit came before the answer, which would have been about a text that is gone.</summary>
internal sealed class ContentModifiedException() : Exception("the document changed before the answer was ready");
