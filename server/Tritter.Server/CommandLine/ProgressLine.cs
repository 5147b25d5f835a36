namespace Tritter.Server.CommandLine;

/// <summary>One line on standard error that tells how far a long task is: overwritten in place on a terminal, left out elsewhere.</summary>
/// <param name="total">Steps of the whole task.</param>
/// <param name="time">The clock.</param>
/// <param name="unit">What the steps are, to show how many are done in a second; null to leave that out.</param>
internal sealed class ProgressLine(CommandOutput output, string title, long total, TimeProvider time, string? unit = null) : IDisposable
{
    private const int Cells = 30;

    /// <summary>A task that is done before this shows nothing.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(0.1);

    private long? _start;
    private TimeSpan _shown = _patience - _interval;
    private int _width;

    /// <param name="done">Steps that are done, 0 to the total.</param>
    public void Report(long done)
    {
        // The clock starts with the first step: what came before it says nothing about the rest.
        TimeSpan elapsed = time.GetElapsedTime(_start ??= time.GetTimestamp());
        if (output.IsErrorTerminal && elapsed - _shown >= _interval)
        {
            _shown = elapsed;
            Show($"\r{Text(title, done, total, elapsed, unit)}");
        }
    }

    /// <summary>Clears the line.</summary>
    public void Dispose()
    {
        if (_width > 0)
        {
            output.Error.Write($"\r{new string(' ', _width)}\r");
        }
    }

    /// <summary>The line: title, bar, per cent and the seconds that are left if it goes on as so far.</summary>
    internal static string Text(string title, long done, long total, TimeSpan elapsed, string? unit = null)
    {
        int filled = (int)(done * Cells / total);
        string left = done > 0 ? $", {Math.Ceiling(elapsed.TotalSeconds * (total - done) / done)} s left" : "";
        string rate = unit is not null && elapsed > TimeSpan.Zero ? $", {done / elapsed.TotalSeconds:0} {unit}/s" : "";
        return $"{title} [{new string('#', filled)}{new string('.', Cells - filled)}] {done * 100 / total} %{rate}{left}";
    }

    private void Show(string line)
    {
        output.Error.Write(line.PadRight(_width + 1));
        _width = Math.Max(_width, line.Length - 1);
    }
}
