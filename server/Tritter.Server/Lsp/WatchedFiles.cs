namespace Tritter.Server.Lsp;

// workspace/didChangeWatchedFiles.

internal sealed record DidChangeWatchedFilesParams(FileEvent[] Changes);

/// <param name="Type">1 created, 2 changed, 3 deleted: the file itself tells which.</param>
internal sealed record FileEvent(string Uri, int Type)
{
    public const int Changed = 2;
}

internal sealed record FileSystemWatcher(string GlobPattern);
