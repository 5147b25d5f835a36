using System.Diagnostics;
using System.Runtime.Intrinsics.X86;

namespace Tritter.Inference.Kernels;

/// <summary>A counter that threads wait for: they spin as long as a stage of a forward pass may take, then sleep.</summary>
internal sealed class Signal
{
    /// <summary>About 20 microseconds of pauses.</summary>
    private const int Spins = 1500;

    private readonly object _gate = new();
    private volatile int _count;
    private int _sleepers;

    public int Count => _count;

    /// <summary>Counts one up and wakes who waits for that. What was written before is visible to them.</summary>
    public void Advance()
    {
        // A full fence, so that either this sees the sleeper or the sleeper sees the new count.
        Interlocked.Increment(ref _count);
        if (Volatile.Read(ref _sleepers) > 0)
        {
            lock (_gate)
            {
                Monitor.PulseAll(_gate);
            }
        }
    }

    /// <summary>Returns when the count is no longer <paramref name="count"/>.</summary>
    /// <returns>How long the thread slept, in <see cref="Stopwatch"/> ticks; 0 when spinning was enough.</returns>
    public long AwaitPast(int count)
    {
        for (int i = 0; i < Spins; i++)
        {
            if (_count != count)
            {
                return 0;
            }

            Pause();
        }

        long start = Stopwatch.GetTimestamp();
        lock (_gate)
        {
            Interlocked.Increment(ref _sleepers);
            while (_count == count)
            {
                Monitor.Wait(_gate);
            }

            Interlocked.Decrement(ref _sleepers);
        }

        return Stopwatch.GetTimestamp() - start;
    }

    /// <summary>One pause of the processor; Thread.SpinWait(1) is several of them, as long as a short stage.</summary>
    private static void Pause()
    {
        if (X86Base.IsSupported)
        {
            X86Base.Pause();
        }
        else
        {
            Thread.SpinWait(1);
        }
    }
}
