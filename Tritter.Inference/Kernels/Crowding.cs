using System.Diagnostics;

namespace Tritter.Inference.Kernels;

/// <summary>
/// How many workers are worth running while other programs use the processors too. When one worker of a stage loses its processor for a
/// time slice, all others wait: measured with two busy programs on two cores, two workers decode ten times slower than one.
/// </summary>
/// <remarks>
/// A wait that is long and most of its stage means a lost processor, not an uneven share. When such waits are a large part of the time,
/// the team is halved; it grows back after a while, the longer, the more often growing failed. A single lost time slice changes nothing.
/// Results are the same for any number of workers.
/// </remarks>
internal sealed class Crowding
{
    private const int MaxBackoff = 16;
    private static readonly long _stall = Stopwatch.Frequency / 1000;
    private static readonly long _window = Stopwatch.Frequency / 50;
    private static readonly long _patience = Stopwatch.Frequency / 20;

    private readonly int _size;
    private long _stageBegan;
    private long _stageLength;
    private long _stalled;
    private long _runBegan;
    private long _running;
    private long _retryAt;
    private int _backoff = 1;

    public Crowding(int size)
    {
        _size = size;
        Workers = size;
    }

    /// <summary>Workers for the next run, 1 to the team's size.</summary>
    public int Workers { get; private set; }

    public void RunBegins()
    {
        _runBegan = Stopwatch.GetTimestamp();
        _stageBegan = _runBegan;
    }

    /// <summary>A stage ends and the next begins. Called by the last worker of the stage, before it lets the others go on.</summary>
    public void StageEnds()
    {
        long now = Stopwatch.GetTimestamp();
        _stageLength = now - _stageBegan;
        _stageBegan = now;
    }

    /// <summary>A worker has waited for the stage that ended last.</summary>
    /// <param name="ticks">How long it slept; 0 when it only spun.</param>
    public void Waited(long ticks)
    {
        if (ticks > _stall && ticks > _stageLength / 4 * 3)
        {
            Interlocked.Add(ref _stalled, ticks);
        }
    }

    /// <summary>Decides about the next run, once runs have taken long enough to tell.</summary>
    public void RunEnded()
    {
        long now = Stopwatch.GetTimestamp();
        _running += now - _runBegan;
        if (_running < _window)
        {
            return;
        }

        bool crowded = Workers > 1 && Interlocked.Read(ref _stalled) / (Workers - 1) > _running / 3;
        if (crowded)
        {
            Workers /= 2;
            _retryAt = now + _patience * _backoff;
            _backoff = Math.Min(_backoff * 2, MaxBackoff);
        }
        else if (now >= _retryAt)
        {
            // Grows back one step at a time; a time of calm at full size forgives earlier failures.
            _backoff = Workers == _size ? 1 : _backoff;
            Workers = Math.Min(_size, Workers * 2);
            _retryAt = now + _patience * _backoff;
        }

        _running = 0;
        Interlocked.Exchange(ref _stalled, 0);
    }
}
