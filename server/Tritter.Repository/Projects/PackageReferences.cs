using System.Text.Json;
using System.Xml;
using System.Xml.Linq;
using NuGet.Frameworks;
using NuGet.Versioning;

namespace Tritter.Repository.Projects;

/// <summary>Assemblies of packages, and the packages that are not on this machine.</summary>
internal sealed record PackageAssemblies(IReadOnlyCollection<string> Paths, IReadOnlyCollection<string> Missing);

/// <summary>
/// Finds the assemblies of a project's packages without a restore: as the last one wrote them into <c>obj/project.assets.json</c>, or else in the
/// NuGet cache, package by package with the versions asked for.
/// </summary>
internal static class PackageReferences
{
    public static PackageAssemblies Find(ProjectFile project, NuGetFramework framework) => FromAssets(project, framework) ?? FromCache(project, framework);

    private static PackageAssemblies? FromAssets(ProjectFile project, NuGetFramework framework)
    {
        string file = Path.Combine(project.Folder, "obj", "project.assets.json");
        if (!File.Exists(file))
        {
            return null;
        }

        try
        {
            using JsonDocument assets = JsonDocument.Parse(File.ReadAllBytes(file));
            string[] folders = [.. assets.RootElement.GetProperty("packageFolders").EnumerateObject().Select(f => f.Name)];
            JsonElement libraries = assets.RootElement.GetProperty("libraries");
            JsonProperty? target = assets.RootElement.GetProperty("targets").EnumerateObject()
                .Where(t => !t.Name.Contains('/') && NuGetFramework.Parse(t.Name).Equals(framework))
                .Cast<JsonProperty?>().FirstOrDefault();
            if (target is null)
            {
                return null;
            }

            var paths = new List<string>();
            var missing = new List<string>();
            foreach (JsonProperty library in target.Value.Value.EnumerateObject())
            {
                if (library.Value.GetProperty("type").GetString() != "package" || !library.Value.TryGetProperty("compile", out JsonElement compile))
                {
                    continue;
                }

                string path = libraries.GetProperty(library.Name).GetProperty("path").GetString()!;
                foreach (string assembly in compile.EnumerateObject().Select(c => c.Name).Where(c => c.EndsWith(".dll", StringComparison.OrdinalIgnoreCase)))
                {
                    string? found = folders.Select(folder => Path.Combine(folder, path, assembly)).FirstOrDefault(File.Exists);
                    if (found is null)
                    {
                        missing.Add(library.Name);
                    }
                    else
                    {
                        paths.Add(found);
                    }
                }
            }

            return new PackageAssemblies(paths, missing);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static PackageAssemblies FromCache(ProjectFile project, NuGetFramework framework)
    {
        var paths = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var missing = new List<string>();
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var open = new Queue<PackageNeed>(project.Packages);
        while (open.TryDequeue(out PackageNeed? need))
        {
            if (!seen.Add(need.Name))
            {
                continue;
            }

            if (Installed(need) is not { } folder)
            {
                missing.Add(need.Version.Length > 0 ? $"{need.Name} {need.Version}" : need.Name);
                continue;
            }

            foreach (string assembly in Assemblies(folder, framework))
            {
                paths.TryAdd(Path.GetFileName(assembly), assembly);
            }

            foreach (PackageNeed dependency in Dependencies(folder, need.Name, framework))
            {
                open.Enqueue(dependency);
            }
        }

        return new PackageAssemblies(paths.Values, missing);
    }

    /// <summary>The package's folder in the cache: the lowest version that is at least the one asked for.</summary>
    private static string? Installed(PackageNeed need)
    {
        string root = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        string folder = Path.Combine(root, need.Name.ToLowerInvariant());
        if (!Directory.Exists(folder))
        {
            return null;
        }

        VersionRange range = VersionRange.TryParse(need.Version, out VersionRange? parsed) ? parsed : VersionRange.All;
        return Directory.EnumerateDirectories(folder)
            .Select(d => (Folder: d, Version: NuGetVersion.TryParse(Path.GetFileName(d), out NuGetVersion? v) ? v : null))
            .Where(d => d.Version is not null && range.Satisfies(d.Version))
            .OrderBy(d => d.Version)
            .Select(d => d.Folder)
            .FirstOrDefault();
    }

    private static IEnumerable<string> Assemblies(string package, NuGetFramework framework)
    {
        foreach (string kind in (ReadOnlySpan<string>)["ref", "lib"])
        {
            string folder = Path.Combine(package, kind);
            if (!Directory.Exists(folder))
            {
                continue;
            }

            Dictionary<NuGetFramework, string> byFramework = Directory.EnumerateDirectories(folder)
                .GroupBy(d => NuGetFramework.ParseFolder(Path.GetFileName(d)))
                .ToDictionary(g => g.Key, g => g.First());
            if (new FrameworkReducer().GetNearest(framework, byFramework.Keys) is { } nearest)
            {
                return Directory.EnumerateFiles(byFramework[nearest], "*.dll");
            }
        }

        return [];
    }

    private static IEnumerable<PackageNeed> Dependencies(string package, string name, NuGetFramework framework)
    {
        string file = Path.Combine(package, name.ToLowerInvariant() + ".nuspec");
        try
        {
            XElement? dependencies = File.Exists(file) ? XDocument.Load(file).Descendants().FirstOrDefault(e => e.Name.LocalName == "dependencies") : null;
            if (dependencies is null)
            {
                return [];
            }

            Dictionary<NuGetFramework, XElement> groups = dependencies.Elements().Where(e => e.Name.LocalName == "group")
                .GroupBy(g => g.Attribute("targetFramework") is { } f ? NuGetFramework.Parse(f.Value) : NuGetFramework.AnyFramework)
                .ToDictionary(g => g.Key, g => g.First());
            XElement? chosen = groups.Count == 0 ? dependencies : new FrameworkReducer().GetNearest(framework, groups.Keys) is { } nearest ? groups[nearest] : null;
            return chosen?.Elements().Where(e => e.Name.LocalName == "dependency")
                .Select(e => new PackageNeed(e.Attribute("id")?.Value ?? "", e.Attribute("version")?.Value ?? "")).Where(d => d.Name.Length > 0) ?? [];
        }
        catch (Exception e) when (e is XmlException or IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
