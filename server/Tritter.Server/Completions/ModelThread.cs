using System.Collections.Immutable;
using Tritter.Core.Completion;
using Tritter.Inference;
using Tritter.Inference.Cuda;
using Tritter.Inference.Tokenizer;

namespace Tritter.Server.Completions;

/// <summary>
/// The one thread that loads the model and computes with it, one completion at a time. Its methods may be called from any thread.
/// Requests that come before the model is loaded wait for it.
/// </summary>
/// <param name="load">Runs on the thread, once for each device that the user wants in turn.</param>
/// <param name="report">Told of every change of state, on the thread.</param>
/// <param name="time">By which delays run.</param>
internal sealed class ModelThread(Func<ComputeDevice, LoadedModel> load, Action<ModelState> report, TimeProvider time) : IDisposable
{
    private readonly object _gate = new();
    private readonly Dictionary<Ticket, CompletionJob> _jobs = [];
    private readonly TaskCompletionSource _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CompletionQueue _queue = CompletionQueue.Empty;
    private Thread? _thread;
    private ComputeDevice _wanted = ComputeDevice.Cpu;
    private long _lastId;
    private bool _stopping;

    /// <summary>Why there is no model; used by the thread alone.</summary>
    private string _failure = "";

    /// <summary>Of the model; null until it is loaded.</summary>
    public TritterTokenizer? Tokenizer { get; private set; }

    /// <summary>Ends when the model is there, or is known not to come.</summary>
    public Task Loaded => _loaded.Task;

    /// <summary>Computes on another device from the next completion on: the model is loaded again, if it is not loaded for that one.</summary>
    public void Use(ComputeDevice device)
    {
        lock (_gate)
        {
            _wanted = device;
            Monitor.Pulse(_gate);
        }
    }

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
        ComputeDevice device = Wanted();
        LoadedModel? model = Load(device);
        while (Next(device) is { } next)
        {
            if (next.Job is { } job)
            {
                model = Compute(job, model);
                continue;
            }

            model?.Close();
            device = next.Device;
            model = Load(device);
        }

        model?.Close();
    }

    /// <param name="model">Null where there is none.</param>
    /// <returns>The model to go on with.</returns>
    private LoadedModel? Compute(CompletionJob job, LoadedModel? model)
    {
        bool isShown = model is not null && !job.Ticket.IsIdle;
        if (isShown)
        {
            report(Now(ModelPhase.Busy, model!));
        }

        if (job.Run(model ?? LoadedModel.Missing(_failure)) is CudaException failure && model is not null)
        {
            // The user wants this card and no other: nothing else answers before they say otherwise.
            model.Close();
            return Fail(failure);
        }

        ModelState now = model is null ? default : Now(ModelPhase.Ready, model);
        if (isShown || now.Device is { HasFailed: true })
        {
            report(now);
        }

        return model;
    }

    private ModelState Now(ModelPhase phase, LoadedModel model) => new(phase, Device: model.Device?.Invoke());

    /// <returns>Null when it cannot be used.</returns>
    private LoadedModel? Load(ComputeDevice device)
    {
        report(new ModelState(ModelPhase.Starting, Progress: 0));
        try
        {
            LoadedModel model = load(device);
            Tokenizer = model.Tokenizer;
            report(Now(ModelPhase.Ready, model));
            return model;
        }
        catch (Exception e)
        {
            // Whatever is wrong with the model's folder, the user hears of it through the state, and the server goes on without a model.
            return Fail(e);
        }
        finally
        {
            _loaded.TrySetResult();
        }
    }

    private LoadedModel? Fail(Exception failure)
    {
        _failure = failure.Message;
        report(new ModelState(ModelPhase.Failed, failure));
        return null;
    }

    private ComputeDevice Wanted()
    {
        lock (_gate)
        {
            return _wanted;
        }
    }

    /// <summary>Waits for what is to be done next; null when the thread has to end.</summary>
    /// <param name="loaded">The device that the model is loaded for.</param>
    /// <returns>A job, or no job but another device.</returns>
    private (CompletionJob? Job, ComputeDevice Device)? Next(ComputeDevice loaded)
    {
        lock (_gate)
        {
            if (_queue.Running is { } finished)
            {
                _jobs.Remove(finished);
                _queue = _queue with { Running = null };
            }

            while (!_stopping && _wanted == loaded)
            {
                _queue = _queue.Next(time.GetTimestamp());
                if (_queue.Running is { } running)
                {
                    return (_jobs[running], loaded);
                }

                Monitor.Wait(_gate);
            }

            return _stopping ? null : (null, _wanted);
        }
    }
}

/// <summary>An edit came before the answer, which would have been about a text that is gone.</summary>
internal sealed class ContentModifiedException() : Exception("the document changed before the answer was ready");
