namespace Tritter.Server.Completions;

/// <summary>Does something when nobody has typed for a moment. Thread-safe.</summary>
/// <param name="log">Told, in one line, what went wrong.</param>
internal sealed class TypingPause(TimeProvider time, Action<string> log)
{
    /// <summary>Longer than between two keys of a burst.</summary>
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(400);

    private readonly Lock _lock = new();
    private readonly Lock _working = new();
    private Action? _work;
    private ITimer? _timer;

    /// <summary>Does this when the pause comes, on another thread, and not what was expected before.</summary>
    public void Expect(Action work)
    {
        lock (_lock)
        {
            _work = work;
            _timer ??= time.CreateTimer(_ => Work(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _timer.Change(_pause, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Somebody types: what was expected is pointless.</summary>
    public void Over()
    {
        lock (_lock)
        {
            _work = null;
        }
    }

    private void Work()
    {
        Action? work;
        lock (_lock)
        {
            (work, _work) = (_work, null);
        }

        // One at a time: a slow one must not pile up.
        if (work is null || !_working.TryEnter())
        {
            return;
        }

        try
        {
            work();
        }
        catch (Exception e)
        {
            // Nobody waits for it, so nobody else would hear of the fault.
            log($"looking at other files failed: {e}");
        }
        finally
        {
            _working.Exit();
        }
    }
}
