using System.Xml;
using Tritter.Core.CSharp;

namespace Tritter.Repository.Projects;

/// <summary>Gives a loaded project the files that it has by now.</summary>
internal static class ProjectUpdate
{
    /// <summary>The project with exactly the files that it compiles now; what it has already is not read again.</summary>
    /// <param name="file">The project file.</param>
    /// <exception cref="OperationCanceledException"/>
    public static CSharpProject Relist(string file, CSharpProject project, CancellationToken cancellationToken)
    {
        if (Listed(file) is not { } listed)
        {
            return project;
        }

        foreach (string gone in project.Paths.Where(CSharpSolution.IsWritten).Except(listed).ToArray())
        {
            project = project.WithoutDocument(gone);
        }

        return Read(project, listed.Where(f => project.Tree(f) is null).ToArray(), cancellationToken);
    }

    /// <summary>The project with what some files are now.</summary>
    /// <param name="paths">Of files that changed, came or went, and of folders that went; also of other projects'.</param>
    /// <exception cref="OperationCanceledException"/>
    public static CSharpProject Apply(string file, CSharpProject project, IReadOnlyCollection<string> paths, CancellationToken cancellationToken)
    {
        string own = Path.GetDirectoryName(file)!.Replace('\\', '/') + "/";
        string[] known = [.. paths.Where(p => project.Tree(p) is not null)];
        string[] unknown = [.. paths.Except(known)];
        string[] gone = [.. unknown.Where(p => !Path.Exists(p)).SelectMany(folder => project.Paths.Where(f => f.StartsWith(folder + "/", StringComparison.Ordinal)))];
        foreach (string path in gone)
        {
            project = project.WithoutDocument(path);
        }

        string[] added = [.. unknown.Where(p => p.StartsWith(own, StringComparison.Ordinal) && p.EndsWith(".cs", StringComparison.OrdinalIgnoreCase) && File.Exists(p))];
        IEnumerable<string> listed = added.Length > 0 && Listed(file) is { } files ? added.Where(files.Contains) : [];
        return Read(project, [.. known, .. listed], cancellationToken);
    }

    private static CSharpProject Read(CSharpProject project, string[] paths, CancellationToken cancellationToken)
    {
        foreach (string path in paths)
        {
            cancellationToken.ThrowIfCancellationRequested();
            project = ProjectLoader.Text(path) is { } text ? project.WithDocument(path, text) : project.WithoutDocument(path);
        }

        return project;
    }

    /// <summary>Null while the project file cannot be read: somebody is writing it, perhaps, and what was there counts until then.</summary>
    private static HashSet<string>? Listed(string file)
    {
        try
        {
            return [.. ProjectLoader.SourceFiles(file)];
        }
        catch (Exception e) when (e is IOException or XmlException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
