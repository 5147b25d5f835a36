namespace Tritter.VisualStudio.Server;

/// <summary>When a server that ended unasked is started again.</summary>
public static class BackOff
{
    /// <summary>So many ends within <see cref="Memory"/>, and it is not started again until the user asks for it.</summary>
    public const int MostEnds = 5;

    /// <summary>How long an end counts.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromMinutes(3);

    /// <param name="ends">When the server ended, the last time included.</param>
    /// <returns>How long to wait: 1, 2, 4, 8 seconds. Null: not again.</returns>
    public static TimeSpan? Delay(IReadOnlyCollection<DateTime> ends, DateTime now)
    {
        int recent = ends.Count(end => now - end < Memory);
        return recent >= MostEnds ? null : TimeSpan.FromSeconds(Math.Pow(2, Math.Max(recent - 1, 0)));
    }
}
