namespace Tritter.Server.CommandLine;

/// <summary>Turns on standard error while a task of unknown length runs: on a terminal alone, after a moment, and gone at the end.</summary>
internal sealed class Spinner : IDisposable
{
    private const string Frames = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏";
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(0.3);
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(0.08);

    private readonly CommandOutput _output;
    private readonly string _title;
    private readonly ITimer? _timer;
    private readonly Lock _writing = new();
    private int _frame;
    private bool _isOver;

    public Spinner(CommandOutput output, string title, TimeProvider time)
    {
        _output = output;
        _title = title;
        _timer = output.IsErrorTerminal ? time.CreateTimer(_ => Turn(), null, _patience, _interval) : null;
    }

    public void Dispose()
    {
        _timer?.Dispose();
        lock (_writing)
        {
            _isOver = true;
            if (_frame > 0)
            {
                _output.Error.Write($"\r{new string(' ', _title.Length + 2)}\r");
            }
        }
    }

    private void Turn()
    {
        lock (_writing)
        {
            if (!_isOver)
            {
                _output.Error.Write($"\r{Frames[_frame++ % Frames.Length]} {_title}");
            }
        }
    }
}
