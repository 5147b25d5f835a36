namespace Tritter.Inference.Kernels;

/// <summary>
/// A fixed team of threads that run the same code on their share of the data, with barriers between stages. The caller is worker 0.
/// </summary>
/// <remarks>
/// A forward pass has about a hundred stages of a few microseconds each, too short for the thread pool: workers spin through barriers
/// and, when no work comes for <see cref="SpinMicroseconds"/>, sleep, so an idle team costs nothing.
/// </remarks>
internal sealed class ThreadTeam : IDisposable
{
    private const int SpinMicroseconds = 200;

    private readonly Thread[] _threads;
    private readonly SemaphoreSlim _wake = new(0);
    private readonly Lock _gate = new();
    private Action<int>? _work;
    private volatile int _round;
    private int _sleepers;
    private int _arrived;
    private volatile int _barrierRound;
    private volatile int _finished;
    private Exception? _failure;
    private volatile bool _stop;

    /// <param name="size">Workers, the caller included.</param>
    public ThreadTeam(int size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        Size = size;
        _threads = new Thread[size - 1];
        for (int i = 0; i < _threads.Length; i++)
        {
            int worker = i + 1;
            _threads[i] = new Thread(() => Loop(worker)) { IsBackground = true, Name = $"tritter worker {worker}" };
            _threads[i].Start();
        }
    }

    public int Size { get; }

    /// <summary>Runs <paramref name="work"/> once on every worker, given its number, and returns when all are done. Not reentrant.</summary>
    /// <exception cref="InvalidOperationException">A worker threw; its exception is the inner one.</exception>
    public void Run(Action<int> work)
    {
        ObjectDisposedException.ThrowIf(_stop, this);
        _failure = null;
        _arrived = 0;
        _finished = 0;
        _work = work;
        Interlocked.Increment(ref _round);
        WakeSleepers();
        Execute(work, 0);
        var spin = new Spinner();
        while (_finished != Size)
        {
            spin.Once();
        }

        if (_failure is { } failure)
        {
            throw new InvalidOperationException("a worker failed: " + failure.Message, failure);
        }
    }

    /// <summary>Waits until every worker has come here. What was written before is visible to all afterwards.</summary>
    /// <exception cref="OperationCanceledException">Another worker failed and will not come.</exception>
    public void Barrier()
    {
        if (Size == 1)
        {
            return;
        }

        int round = _barrierRound;
        if (Interlocked.Increment(ref _arrived) == Size)
        {
            _arrived = 0;
            _barrierRound = round + 1;
            return;
        }

        var spin = new Spinner();
        while (_barrierRound == round)
        {
            if (Volatile.Read(ref _failure) is not null)
            {
                throw new OperationCanceledException("another worker failed");
            }

            spin.Once();
        }
    }

    /// <summary>The share of <paramref name="count"/> items that a worker does: contiguous, sizes equal but for one.</summary>
    public (int First, int End) Share(int worker, int count) =>
        ((int)((long)count * worker / Size), (int)((long)count * (worker + 1) / Size));

    public void Dispose()
    {
        if (!_stop)
        {
            _stop = true;
            Interlocked.Increment(ref _round);
            WakeSleepers();
            foreach (Thread thread in _threads)
            {
                thread.Join();
            }

            _wake.Dispose();
        }
    }

    private void Loop(int worker)
    {
        int seen = 0;
        while (true)
        {
            AwaitRound(seen);
            seen++;
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
            // Kept for the caller, who throws it; the first failure is the cause of the others.
            Interlocked.CompareExchange(ref _failure, e, null);
        }

        Interlocked.Increment(ref _finished);
    }

    private void AwaitRound(int seen)
    {
        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        var spin = new Spinner();
        while (_round == seen)
        {
            spin.Once();
            if (System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalMicroseconds > SpinMicroseconds)
            {
                Sleep(seen);
            }
        }
    }

    private void Sleep(int seen)
    {
        lock (_gate)
        {
            // Checked under the lock that the waker takes, so that no wake-up is lost.
            if (_round != seen)
            {
                return;
            }

            _sleepers++;
        }

        _wake.Wait();
    }

    private void WakeSleepers()
    {
        lock (_gate)
        {
            if (_sleepers > 0)
            {
                _wake.Release(_sleepers);
                _sleepers = 0;
            }
        }
    }

    /// <summary>Spins with pauses at first and then gives its time slice away, so that more threads than cores still make progress.</summary>
    private struct Spinner
    {
        private const int PausesBeforeYield = 2000;
        private int _count;

        public void Once()
        {
            if (++_count < PausesBeforeYield)
            {
                Thread.SpinWait(1);
            }
            else
            {
                Thread.Yield();
            }
        }
    }
}
