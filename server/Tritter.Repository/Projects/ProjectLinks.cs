using Microsoft.CodeAnalysis;
using Tritter.Core.CSharp;

namespace Tritter.Repository.Projects;

/// <summary>References among projects of which some have changed since they were loaded.</summary>
internal static class ProjectLinks
{
    /// <summary>Has every project refer to the others as they are now. Of projects with one assembly name none is taken for the other.</summary>
    /// <param name="projects">By project file; changed in place.</param>
    public static void Renew(Dictionary<string, CSharpProject> projects)
    {
        Dictionary<string, string> files = projects.GroupBy(p => p.Value.Compilation.AssemblyName ?? "", p => p.Key, StringComparer.Ordinal)
            .Where(g => g.Count() == 1).ToDictionary(g => g.Key, g => g.Single(), StringComparer.Ordinal);
        var visited = new HashSet<string>(StringComparer.Ordinal);
        foreach (string file in projects.Keys.ToArray())
        {
            Visit(file);
        }

        void Visit(string file)
        {
            if (!visited.Add(file))
            {
                return;
            }

            bool isOld = false;
            var references = new List<MetadataReference>();
            foreach (MetadataReference reference in projects[file].Compilation.References)
            {
                if (reference is CompilationReference { Compilation: { } known } && files.TryGetValue(known.AssemblyName ?? "", out string? other) && other != file)
                {
                    Visit(other);
                    if (projects[other].Compilation != known)
                    {
                        references.Add(projects[other].Compilation.ToMetadataReference());
                        isOld = true;
                        continue;
                    }
                }

                references.Add(reference);
            }

            if (isOld)
            {
                projects[file] = projects[file].WithReferences(references);
            }
        }
    }
}
