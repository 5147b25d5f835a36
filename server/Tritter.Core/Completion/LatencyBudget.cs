namespace Tritter.Core.Completion;

/// <summary>How long an answer may take that nobody asked for: it has to be there before the typist goes on.</summary>
/// <param name="time">The clock.</param>
/// <param name="start">Timestamp of the request's arrival.</param>
/// <param name="afterPause">Whether the typist has just begun: the prompt is then new to the model, and nobody is typing past a late answer.</param>
public sealed class LatencyBudget(TimeProvider time, long start, bool afterPause)
{
    /// <summary>From here on less is done: no new text of other files, and decoding ends at the next good place.</summary>
    public static readonly TimeSpan Soft = TimeSpan.FromMilliseconds(100);

    /// <summary>Later than this there is no answer while somebody types.</summary>
    public static readonly TimeSpan Hard = TimeSpan.FromMilliseconds(300);

    /// <summary>The same for the first key: reading a long prompt takes longer than <see cref="Hard"/>, and the editor would not ask again.</summary>
    public static readonly TimeSpan HardAfterPause = TimeSpan.FromSeconds(1);

    /// <summary>Of the hard limit, what is kept for the gate.</summary>
    public static readonly TimeSpan Gate = TimeSpan.FromMilliseconds(30);

    private static readonly TimeSpan _way = TimeSpan.FromMilliseconds(10);

    private readonly TimeSpan _hard = afterPause ? HardAfterPause : Hard;

    public TimeSpan Elapsed => time.GetElapsedTime(start);

    /// <summary>Whether to be content with less.</summary>
    public bool IsShort => Elapsed >= Soft;

    /// <summary>Whether decoding must end wherever it is.</summary>
    public bool IsDecodingOver => Elapsed >= _hard - Gate - _way;

    /// <summary>A token that is cancelled with <paramref name="cancellationToken"/>, and when the answer is too late.</summary>
    public CancellationTokenSource CancelWhenHard(CancellationToken cancellationToken) => CancelAfter(_hard - Elapsed, cancellationToken);

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
