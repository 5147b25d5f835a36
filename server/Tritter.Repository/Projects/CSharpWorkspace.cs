using System.Xml;
using Tritter.Core.CSharp;

namespace Tritter.Repository.Projects;

/// <summary>The C# projects of a folder, each loaded when a file of it is first asked for. Thread-safe; loading one makes others wait.</summary>
/// <param name="problem">Told, in one line, what could not be loaded.</param>
public sealed class CSharpWorkspace(Action<string> problem)
{
    private readonly Lock _loading = new();
    private readonly ProjectLoader _loader = new();
    private readonly Dictionary<string, CSharpProject?> _projects = new(StringComparer.Ordinal);

    /// <summary>The project that compiles a file: the nearest above it; null where none does.</summary>
    /// <param name="path">Full path with '/' separators.</param>
    public CSharpProject? ProjectOf(string path, CancellationToken cancellationToken)
    {
        lock (_loading)
        {
            for (string? folder = Path.GetDirectoryName(path); folder is not null; folder = Path.GetDirectoryName(folder))
            {
                if (!Directory.Exists(folder))
                {
                    continue;
                }

                string[] files = [.. Directory.EnumerateFiles(folder, "*.csproj").Order(StringComparer.Ordinal)];
                foreach (string file in files)
                {
                    if (Load(file, cancellationToken) is { } project && project.Tree(path) is not null)
                    {
                        return project;
                    }
                }

                // A new file is not yet in its project's list.
                if (files.Length > 0)
                {
                    return Load(files[0], cancellationToken);
                }
            }

            return null;
        }
    }

    /// <summary>Forgets a project, so that it is read anew when it is asked for next.</summary>
    public void Forget(string file)
    {
        lock (_loading)
        {
            _projects.Remove(file);
            _loader.Forget(file);
        }
    }

    /// <summary>Brings the loaded projects up to date with files that changed, came or went.</summary>
    /// <param name="paths">Full paths with '/' separators; of files, or of folders that are gone.</param>
    /// <returns>Whether some project is another one now, or may be there that was not.</returns>
    public bool Update(IReadOnlyCollection<string> paths, CancellationToken cancellationToken)
    {
        using Lock.Scope scope = _loading.EnterScope();
        bool changed = paths.Any(p => p.EndsWith(".csproj", StringComparison.OrdinalIgnoreCase));
        foreach (string file in _projects.Keys.Where(f => _projects[f] is null || paths.Contains(f.Replace('\\', '/'))).ToArray())
        {
            Forget(file);
        }

        var projects = _projects.ToDictionary(p => p.Key, p => p.Value!, StringComparer.Ordinal);
        foreach ((string file, CSharpProject project) in projects.ToArray())
        {
            projects[file] = ProjectUpdate.Apply(file, project, paths, cancellationToken);
        }

        if (projects.All(p => p.Value == _projects[p.Key]))
        {
            return changed;
        }

        ProjectLinks.Renew(projects);
        foreach ((string file, CSharpProject project) in projects)
        {
            _projects[file] = project;
        }

        return true;
    }

    /// <summary>The project of a project file; null when it cannot be read.</summary>
    /// <param name="file">Full path.</param>
    public CSharpProject? Load(string file, CancellationToken cancellationToken)
    {
        // One at a time, so that whoever needs a single project waits for no more than one other.
        using Lock.Scope scope = _loading.EnterScope();
        if (_projects.TryGetValue(file, out CSharpProject? known))
        {
            return known;
        }

        CSharpProject? project = null;
        try
        {
            LoadedProject loaded = _loader.Load(file, cancellationToken);
            project = loaded.Project;
            if (loaded.Missing.Count > 0)
            {
                problem($"{file}: not found: {string.Join(", ", loaded.Missing.Take(5))}{(loaded.Missing.Count > 5 ? $" and {loaded.Missing.Count - 5} more" : "")}");
            }
        }
        catch (Exception e) when (e is IOException or XmlException or UnauthorizedAccessException)
        {
            problem($"{file}: {e.Message}");
        }

        return _projects[file] = project;
    }
}
