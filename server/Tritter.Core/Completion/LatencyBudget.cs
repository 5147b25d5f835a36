namespace Tritter.Core.Completion;

/// <summary>How long an answer may take that nobody asked for: it has to be there before the typist goes on.</summary>
/// <param name="time">The clock.</param>
/// <param name="start">Timestamp of the request's arrival.</param>
public sealed class LatencyBudget(TimeProvider time, long start)
{
    /// <summary>From here on less is done: no new text of other files, and decoding ends at the next good place.</summary>
    public static readonly TimeSpan Soft = TimeSpan.FromMilliseconds(100);

    /// <summary>How long after <see cref="Soft"/> a line may still come to its end; then it is cut where it is whole.</summary>
    private static readonly TimeSpan _grace = TimeSpan.FromMilliseconds(20);

    /// <summary>
    /// Later than this there is no answer. Long, since whoever types on cancels the request: who waits so long has paused, the editor would not ask
    /// again, and the first prompt of a file takes longer to read than a keystroke.
    /// </summary>
    public static readonly TimeSpan Hard = TimeSpan.FromMilliseconds(1000);

    /// <summary>Of the hard limit, what is kept for the gate and for the way to the editor.</summary>
    public static readonly TimeSpan Gate = TimeSpan.FromMilliseconds(30);

    private static readonly TimeSpan _decoding = Hard - Gate - TimeSpan.FromMilliseconds(10);

    public TimeSpan Elapsed => time.GetElapsedTime(start);

    /// <summary>Whether to be content with less.</summary>
    public bool IsShort => Elapsed >= Soft;

    /// <summary>Whether a line should not be waited for that something whole stands in already.</summary>
    public bool IsOver => Elapsed >= Soft + _grace;

    /// <summary>Whether decoding must end wherever it is.</summary>
    public bool IsDecodingOver => Elapsed >= _decoding;

    /// <summary>A token that is cancelled with <paramref name="cancellationToken"/>, and when the answer is too late.</summary>
    public CancellationTokenSource CancelWhenHard(CancellationToken cancellationToken) => CancelAfter(Hard - Elapsed, cancellationToken);

    /// <summary>The same for a gate that begins now.</summary>
    public CancellationTokenSource CancelWhenGateIsOver(CancellationToken cancellationToken) =>
        CancelAfter(TimeSpan.FromTicks(Math.Max(Gate.Ticks, (Soft - Elapsed).Ticks)), cancellationToken);

    private CancellationTokenSource CancelAfter(TimeSpan delay, CancellationToken cancellationToken)
    {
        // It fires within the limits above; then nothing holds it any more.
        var late = new CancellationTokenSource(delay > TimeSpan.Zero ? delay : TimeSpan.Zero, time);
        return CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
    }
}
