namespace Tritter.VisualStudio.Server;

/// <summary>A running server as its client sees it.</summary>
public sealed class ServerLink(Stream toServer, Stream fromServer, Task<string> ended, Action kill) : IDisposable
{
    public Stream ToServer => toServer;

    public Stream FromServer => fromServer;

    /// <summary>Ends with the server; one line says how.</summary>
    public Task<string> Ended => ended;

    /// <summary>Ends the server if it still runs.</summary>
    public void Dispose() => kill();
}
