using Microsoft.CodeAnalysis;

namespace Tritter.Core.CSharp;

/// <summary>Several projects at a moment: what refers to a symbol may be in another one than the symbol. Immutable.</summary>
public sealed class CSharpSolution
{
    /// <param name="projects">A file that several of them compile counts with the first.</param>
    public CSharpSolution(IEnumerable<CSharpProject> projects)
    {
        Projects = [.. projects];
        var seen = new HashSet<string>(StringComparer.Ordinal);
        Files = [.. Projects.SelectMany(project => project.Compilation.SyntaxTrees.Where(t => IsWritten(t.FilePath) && seen.Add(t.FilePath)).Select(tree => (project, tree)))];
    }

    public IReadOnlyList<CSharpProject> Projects { get; }

    /// <summary>Every source file once, without what Tritter adds to a project.</summary>
    public IReadOnlyList<(CSharpProject Project, SyntaxTree Tree)> Files { get; }

    /// <summary>The project and tree of a file; null when no project has it.</summary>
    public (CSharpProject Project, SyntaxTree Tree)? File(string path)
    {
        foreach (CSharpProject project in Projects)
        {
            if (project.Tree(path) is { } tree)
            {
                return (project, tree);
            }
        }

        return null;
    }

    /// <summary>Whether somebody wrote a file, rather than a build or the loading of the project.</summary>
    public static bool IsWritten(string path) => !path.EndsWith("/obj/Generated.g.cs", StringComparison.Ordinal) && path != "/GlobalUsings.g.cs";
}
