namespace Tritter.Repository.Projects;

/// <summary>
/// Tells in which folders files came or went, by the folders' times alone: a file system changes them when an entry does, so nothing is listed that stayed
/// as it was. For one thread.
/// </summary>
/// <param name="root">Full path.</param>
internal sealed class FolderStamps(string root)
{
    /// <summary>A folder that changed so lately may change again within the same tick of its clock.</summary>
    private static readonly TimeSpan _tick = TimeSpan.FromSeconds(2);

    private static readonly EnumerationOptions _ownFolders = new() { AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true };

    private readonly Dictionary<string, DateTime?> _known = new(StringComparer.Ordinal);

    /// <summary>Adds the folders that have other entries than at the call before; at the first call every one. Build output and packages are not looked at.</summary>
    /// <exception cref="OperationCanceledException">What was found until then is added.</exception>
    public void AddChanged(HashSet<string> changed, CancellationToken cancellationToken)
    {
        if (_known.Count == 0)
        {
            Look(root, changed, cancellationToken);
        }

        foreach ((string folder, DateTime? known) in _known.ToArray())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!Directory.Exists(folder))
            {
                _known.Remove(folder);
                changed.Add(folder);
            }
            else if (known is not { } stamp || stamp != Directory.GetLastWriteTimeUtc(folder))
            {
                Look(folder, changed, cancellationToken);
            }
        }
    }

    private void Look(string folder, HashSet<string> changed, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _known[folder] = Stamp(folder);
        changed.Add(folder);
        foreach (string below in Directory.EnumerateDirectories(folder, "*", _ownFolders))
        {
            if (!_known.ContainsKey(below) && Path.GetFileName(below) is not ("bin" or "obj" or "node_modules") && !Path.GetFileName(below).StartsWith('.'))
            {
                Look(below, changed, cancellationToken);
            }
        }
    }

    /// <summary>Null for one that says nothing yet.</summary>
    private static DateTime? Stamp(string folder)
    {
        DateTime stamp = Directory.GetLastWriteTimeUtc(folder);
        return DateTime.UtcNow - stamp < _tick ? null : stamp;
    }
}
