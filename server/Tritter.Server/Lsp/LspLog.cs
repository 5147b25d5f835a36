namespace Tritter.Server.Lsp;

/// <summary>Log lines on standard error, from any thread.</summary>
internal sealed class LspLog(TextWriter writer)
{
    private readonly Lock _writing = new();

    public void Write(MessageType type, string message)
    {
        lock (_writing)
        {
            writer.WriteLine($"{DateTime.Now:HH:mm:ss.fff} {type.ToString().ToLowerInvariant()}: {message}");
        }
    }
}
