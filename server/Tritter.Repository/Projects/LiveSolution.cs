using Tritter.Core.CSharp;
using Tritter.Repository.Files;

namespace Tritter.Repository.Projects;

/// <summary>All C# projects of a folder as they are at the moment of asking: files that changed on the disk are read again. Thread-safe.</summary>
/// <param name="root">Full path of the folder.</param>
public sealed class LiveSolution(string root, CSharpWorkspace workspace)
{
    private readonly Lock _refreshing = new();
    private readonly Dictionary<string, DateTime> _stamps = new(StringComparer.Ordinal);
    private Dictionary<string, CSharpProject>? _projects;
    private (CSharpSolution Solution, IReadOnlyDictionary<string, string> Open)? _last;

    /// <summary>Whether asking takes no loading.</summary>
    public bool IsLoaded => Volatile.Read(ref _projects) is not null;

    /// <param name="open">Texts of open documents by full path: they count, not the disk's.</param>
    /// <exception cref="OperationCanceledException"/>
    public CSharpSolution Current(IReadOnlyDictionary<string, string> open, CancellationToken cancellationToken)
    {
        lock (_refreshing)
        {
            bool changed = _projects is null;
            Dictionary<string, CSharpProject> projects = _projects ?? Load(cancellationToken);
            foreach ((string file, CSharpProject project) in projects.ToArray())
            {
                CSharpProject now = Refresh(project, open, cancellationToken);
                changed |= now != project;
                projects[file] = now;
            }

            _projects = projects;
            if (changed || _last is null)
            {
                _last = (new CSharpSolution(projects.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => p.Value)), open);
            }

            return _last.Value.Solution;
        }
    }

    private Dictionary<string, CSharpProject> Load(CancellationToken cancellationToken)
    {
        var projects = new Dictionary<string, CSharpProject>(StringComparer.Ordinal);
        foreach (string file in RepositoryFiles.List(root, cancellationToken).Where(f => f.EndsWith(".csproj", StringComparison.OrdinalIgnoreCase)))
        {
            if (workspace.Load(file, cancellationToken) is { } project)
            {
                projects.Add(file, project);
            }
        }

        return projects;
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
                project = Read(path) is { } now ? project.WithDocument(path, now) : project.WithoutDocument(path);
                _stamps[path] = stamp;
            }
        }

        return project;
    }

    private static string? Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
