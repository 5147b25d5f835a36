using System.Collections.Concurrent;
using Tritter.Repository.Files;
using Tritter.Server.State;

namespace Tritter.Server.Completions;

/// <summary>Documents in which nobody wants suggestions: those that a <c>.tritterignore</c> of their workspace folder names. Thread-safe.</summary>
internal sealed class IgnoredDocuments
{
    private readonly ConcurrentDictionary<string, IgnoreFiles> _folders = new(StringComparer.Ordinal);

    public bool Contain(OpenDocument document, Snapshot snapshot)
    {
        if (!document.Uri.StartsWith("file:", StringComparison.Ordinal))
        {
            return false;
        }

        string path = DocumentPath.FromUri(document.Uri);
        return Folder.Holding(path, snapshot.Session.Folders) is { } folder
            && _folders.GetOrAdd(folder.Path, root => new IgnoreFiles(root, IgnoreFiles.Tritter)).Ignores(folder.Relative(path)!);
    }

    /// <summary>Files changed on disk: what was read of them counts no more.</summary>
    /// <param name="paths">With '/' separators.</param>
    public void Changed(IEnumerable<string> paths)
    {
        if (paths.Any(path => path.EndsWith("/" + IgnoreFiles.Tritter, StringComparison.Ordinal)))
        {
            _folders.Clear();
        }
    }
}
