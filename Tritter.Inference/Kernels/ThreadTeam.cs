namespace Tritter.Inference.Kernels;

/// <summary>
/// A fixed team of threads that run the same code on their share of the data, with barriers between stages. The caller is worker 0.
/// </summary>
/// <remarks>
/// A forward pass has about a hundred stages of a few microseconds each, too short for the thread pool, so a worker that waits spins.
/// It spins no longer than a stage takes: beyond that the one it waits for has lost its processor to another program, and spinning on
/// would only take that program's turn away and lose the own one later. Sleeping instead also makes an idle team cost nothing.
/// While other programs keep taking processors away, fewer workers are faster than many that wait for each other: see <see cref="Crowding"/>.
/// </remarks>
internal sealed class ThreadTeam : IDisposable
{
    private readonly Thread[] _threads;
    private readonly Signal[] _rounds;
    private readonly Signal _barriers = new();
    private readonly Signal _ends = new();
    private readonly Crowding _crowding;
    private Action<int>? _work;
    private int _arrived;
    private int _finished;
    private Exception? _failure;
    private volatile bool _stop;

    /// <param name="size">Workers, the caller included.</param>
    public ThreadTeam(int size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        Size = size;
        Active = size;
        _crowding = new Crowding(size);
        _threads = new Thread[size - 1];
        _rounds = Enumerable.Range(0, size).Select(_ => new Signal()).ToArray();
        for (int i = 0; i < _threads.Length; i++)
        {
            int worker = i + 1;
            _threads[i] = new Thread(() => Loop(worker)) { IsBackground = true, Name = $"tritter worker {worker}" };
            _threads[i].Start();
        }
    }

    public int Size { get; }

    /// <summary>Workers that take part in the current run; their numbers are below this. Changes between runs only.</summary>
    public int Active { get; private set; }

    /// <summary>Runs <paramref name="work"/> once on every worker, given its number, and returns when all are done. Not reentrant.</summary>
    /// <exception cref="InvalidOperationException">A worker threw; its exception is the inner one.</exception>
    public void Run(Action<int> work)
    {
        ObjectDisposedException.ThrowIf(_stop, this);
        _failure = null;
        _arrived = 0;
        _finished = 0;
        _work = work;
        Active = _crowding.Workers;
        _crowding.RunBegins();
        if (Active == 1)
        {
            Execute(work, 0);
        }
        else
        {
            int end = _ends.Count;
            for (int worker = 1; worker < Active; worker++)
            {
                _rounds[worker].Advance();
            }

            Execute(work, 0);
            _crowding.Waited(_ends.AwaitPast(end));
        }

        _crowding.RunEnded();
        if (_failure is { } failure)
        {
            throw new InvalidOperationException("a worker failed: " + failure.Message, failure);
        }
    }

    /// <summary>Waits until every worker has come here. What was written before is visible to all afterwards.</summary>
    /// <exception cref="OperationCanceledException">Another worker failed and will not come.</exception>
    public void Barrier()
    {
        if (Active == 1)
        {
            return;
        }

        int round = _barriers.Count;
        ThrowIfAnotherFailed();
        if (Interlocked.Increment(ref _arrived) == Active)
        {
            _arrived = 0;
            _crowding.StageEnds();
            _barriers.Advance();
        }
        else
        {
            // A failure from here on advances the barrier too.
            _crowding.Waited(_barriers.AwaitPast(round));
            ThrowIfAnotherFailed();
        }
    }

    /// <summary>The share of <paramref name="count"/> items that a worker does: contiguous, sizes equal but for one.</summary>
    public (int First, int End) Share(int worker, int count) =>
        ((int)((long)count * worker / Active), (int)((long)count * (worker + 1) / Active));

    public void Dispose()
    {
        if (!_stop)
        {
            _stop = true;
            Array.ForEach(_rounds, round => round.Advance());
            foreach (Thread thread in _threads)
            {
                thread.Join();
            }
        }
    }

    private void ThrowIfAnotherFailed()
    {
        if (Volatile.Read(ref _failure) is not null)
        {
            throw new OperationCanceledException("another worker failed");
        }
    }

    private void Loop(int worker)
    {
        for (int round = 0; ; round++)
        {
            _rounds[worker].AwaitPast(round);
            if (_stop)
            {
                return;
            }

            Execute(_work!, worker);
        }
    }

    private void Execute(Action<int> work, int worker)
    {
        try
        {
            work(worker);
        }
        catch (Exception e)
        {
            // Kept for the caller, who throws it; the first failure is the cause of the others, who wait at a barrier.
            Interlocked.CompareExchange(ref _failure, e, null);
            _barriers.Advance();
        }

        // Read before counting: once all have counted, the next run may change it.
        int active = Active;
        if (Interlocked.Increment(ref _finished) == active)
        {
            _crowding.StageEnds();
            _ends.Advance();
        }
    }
}
