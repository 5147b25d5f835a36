using Tritter.Core.CSharp;
using Tritter.Repository.Files;

namespace Tritter.Repository.Projects;

/// <summary>
/// All C# projects of a folder as they are at the moment of asking: files and projects that changed, came or went on the disk are read again.
/// Thread-safe.
/// </summary>
/// <param name="root">Full path of the folder.</param>
public sealed class LiveSolution(string root, CSharpWorkspace workspace)
{
    private readonly Lock _refreshing = new();
    private readonly Dictionary<string, DateTime> _stamps = new(StringComparer.Ordinal);
    private readonly FolderStamps _folders = new(root);
    private readonly Dictionary<string, CSharpProject> _projects = new(StringComparer.Ordinal);

    /// <summary>Folders that were not looked into since they changed: whoever cancels leaves them to the next question.</summary>
    private readonly HashSet<string> _pending = new(StringComparer.Ordinal);
    private CSharpSolution? _last;

    /// <summary>Whether asking takes no loading.</summary>
    public bool IsLoaded => Volatile.Read(ref _last) is not null;

    /// <param name="open">Texts of open documents by full path: they count, not the disk's.</param>
    /// <exception cref="OperationCanceledException"/>
    public CSharpSolution Current(IReadOnlyDictionary<string, string> open, CancellationToken cancellationToken)
    {
        lock (_refreshing)
        {
            _folders.AddChanged(_pending, cancellationToken);
            if (_pending.Count > 0 || _projects.Keys.Any(file => _stamps[file] != File.GetLastWriteTimeUtc(file)))
            {
                FindProjects(cancellationToken);
            }

            foreach ((string file, CSharpProject project) in _projects.ToArray())
            {
                CSharpProject listed = _last is not null && Concerns(_pending, file, project) ? ProjectUpdate.Relist(file, project, cancellationToken) : project;
                _projects[file] = Refresh(listed, open, cancellationToken);
            }

            _pending.Clear();
            if (_last is null || !Ordered().SequenceEqual(_last.Projects))
            {
                ProjectLinks.Renew(_projects);
                Volatile.Write(ref _last, new CSharpSolution(Ordered()));
            }

            return _last;
        }
    }

    private IEnumerable<CSharpProject> Ordered() => _projects.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => p.Value);

    /// <summary>Projects that are new or whose files changed are loaded, those that are gone forgotten.</summary>
    private void FindProjects(CancellationToken cancellationToken)
    {
        string[] files = [.. RepositoryFiles.List(root, cancellationToken).Where(f => f.EndsWith(".csproj", StringComparison.OrdinalIgnoreCase))];
        foreach (string gone in _projects.Keys.Except(files).ToArray())
        {
            _projects.Remove(gone);
        }

        foreach (string file in files)
        {
            DateTime stamp = File.GetLastWriteTimeUtc(file);
            bool isKnown = _stamps.TryGetValue(file, out DateTime known);
            if (isKnown && known == stamp)
            {
                continue;
            }

            if (isKnown)
            {
                workspace.Forget(file);
            }

            if (workspace.Load(file, cancellationToken) is { } project)
            {
                _projects[file] = project;
            }

            _stamps[file] = stamp;
        }
    }

    /// <summary>Whether one of the folders is below the project file's, or holds a file that the project takes from elsewhere.</summary>
    private static bool Concerns(HashSet<string> folders, string file, CSharpProject project)
    {
        string own = Path.GetDirectoryName(file)!;
        return folders.Any(f => f == own || f.StartsWith(own + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            || (folders.Count > 0 && project.Paths.Select(p => Path.GetDirectoryName(p)!).Distinct().Any(folders.Contains));
    }

    private CSharpProject Refresh(CSharpProject project, IReadOnlyDictionary<string, string> open, CancellationToken cancellationToken)
    {
        foreach (string path in project.Paths.Where(CSharpSolution.IsWritten).ToArray())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (open.TryGetValue(path, out string? text))
            {
                project = project.WithDocument(path, text);
                // Read again once it is closed.
                _stamps[path] = default;
                continue;
            }

            DateTime stamp = File.GetLastWriteTimeUtc(path);
            if (!_stamps.TryGetValue(path, out DateTime known))
            {
                _stamps[path] = stamp;
            }
            else if (known != stamp)
            {
                project = ProjectLoader.Text(path) is { } now ? project.WithDocument(path, now) : project.WithoutDocument(path);
                _stamps[path] = stamp;
            }
        }

        return project;
    }
}
