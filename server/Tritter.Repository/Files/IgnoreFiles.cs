using System.Collections.Concurrent;

namespace Tritter.Repository.Files;

/// <summary>
/// The ignore files of one name in a folder and below it: a file nearer to a path goes before one farther up, and below an ignored folder nothing
/// can be taken back. Reads each file once; make a new one to see changes. Thread-safe.
/// </summary>
/// <param name="root">Full path of the folder.</param>
/// <param name="name"><c>.gitignore</c> or <c>.tritterignore</c>.</param>
public sealed class IgnoreFiles(string root, string name)
{
    /// <summary>Tritter's own, in git's syntax: what nobody wants to have indexed or completed.</summary>
    public const string Tritter = ".tritterignore";

    private readonly ConcurrentDictionary<string, IgnorePatterns?> _files = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _folders = new(StringComparer.Ordinal);

    /// <param name="path">Relative to the root, with '/' separators.</param>
    public bool Ignores(string path)
    {
        int slash = path.LastIndexOf('/');
        return (slash > 0 && IgnoresFolder(path[..slash])) || Decide(path, isFolder: false);
    }

    /// <inheritdoc cref="Ignores"/>
    public bool IgnoresFolder(string path) => _folders.GetOrAdd(path, folder =>
    {
        int slash = folder.LastIndexOf('/');
        return (slash > 0 && IgnoresFolder(folder[..slash])) || Decide(folder, isFolder: true);
    });

    private bool Decide(string path, bool isFolder)
    {
        for (int slash = path.LastIndexOf('/'); ; slash = slash > 0 ? path.LastIndexOf('/', slash - 1) : -1)
        {
            string folder = slash < 0 ? "" : path[..slash];
            if (In(folder)?.Decide(slash < 0 ? path : path[(slash + 1)..], isFolder) is { } decided)
            {
                return decided;
            }

            if (slash < 0)
            {
                return false;
            }
        }
    }

    private IgnorePatterns? In(string folder) => _files.GetOrAdd(folder, f =>
    {
        var file = new FileInfo(Path.Combine(root, f, name));
        try
        {
            return file is { Exists: true, LinkTarget: null } ? IgnorePatterns.Parse(File.ReadAllText(file.FullName)) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It went away meanwhile, or is not ours to read: as if it were not there.
            return null;
        }
    });
}
