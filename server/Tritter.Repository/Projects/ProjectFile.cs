using System.Xml;
using System.Xml.Linq;
using Microsoft.Extensions.FileSystemGlobbing;
using NuGet.Frameworks;

namespace Tritter.Repository.Projects;

/// <summary>A package as a project asks for it.</summary>
internal sealed record PackageNeed(string Name, string Version);

/// <summary>
/// What a C# project file says, read without running MSBuild: the file itself, the nearest Directory.Build.props, Directory.Packages.props and
/// Directory.Build.targets, and what they import by a plain path. Targets and tasks are not run.
/// </summary>
internal sealed class ProjectFile
{
    private static readonly string[] _skippedFolders = ["bin/**", "obj/**", "**/bin/**", "**/obj/**", "**/node_modules/**", "**/.git/**"];

    private readonly Dictionary<string, List<string>> _items = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> _packages = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> _centralVersions = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<(bool Remove, string Text)> _usings = [];
    private readonly List<(bool Include, string Pattern)> _compile = [];
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);

    private ProjectFile(string path)
    {
        Path = path;
        Folder = System.IO.Path.GetDirectoryName(path)!;
    }

    public string Path { get; }

    public string Folder { get; }

    public string Sdk { get; private set; } = "";

    public ProjectProperties Properties { get; } = new();

    public IEnumerable<string> ProjectReferences => Items("ProjectReference").Select(FullPath);

    /// <summary>Full paths of the assemblies that are named by their place.</summary>
    public IEnumerable<string> AssemblyFiles => Items("Reference").Select(FullPath);

    /// <summary>The key file that the assembly is signed with, by its full path; null where it is not signed.</summary>
    public string? KeyFile => (Properties.IsTrue("SignAssembly") || Properties.IsTrue("PublicSign")) && Properties["AssemblyOriginatorKeyFile"] is { Length: > 0 } file ? FullPath(file) : null;

    public IEnumerable<string> FrameworkReferences => Items("FrameworkReference");

    public IEnumerable<PackageNeed> Packages => _packages.Select(p => new PackageNeed(p.Key, p.Value.Length > 0 ? p.Value : _centralVersions.GetValueOrDefault(p.Key, "")));

    /// <summary>In the order of preference: the one framework, or each of several.</summary>
    public IReadOnlyList<string> TargetFrameworks =>
        (Properties["TargetFramework"].Length > 0 ? Properties["TargetFramework"] : Properties["TargetFrameworks"])
        .Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="XmlException">It is no XML.</exception>
    public static ProjectFile Read(string path)
    {
        ProjectFile project = Read(path, targetFramework: "");

        // Of several frameworks one is chosen, and then conditions on it hold, as in a build for that one.
        return project.Properties["TargetFramework"].Length == 0 && Newest(project.TargetFrameworks) is { } newest ? Read(path, newest) : project;
    }

    private static string? Newest(IEnumerable<string> frameworks) => frameworks
        .Select(name => (Name: name, Framework: NuGetFramework.Parse(name)))
        .Where(f => f.Framework.IsSpecificFramework)
        .OrderByDescending(f => f.Framework.Framework == FrameworkConstants.FrameworkIdentifiers.NetCoreApp)
        .ThenByDescending(f => f.Framework.Version)
        .ThenBy(f => f.Framework.HasPlatform)
        .Select(f => f.Name)
        .FirstOrDefault();

    private static ProjectFile Read(string path, string targetFramework)
    {
        var project = new ProjectFile(System.IO.Path.GetFullPath(path));
        project.Properties["TargetFramework"] = targetFramework;
        XElement root = XDocument.Load(project.Path).Root!;
        project.Sdk = root.Attribute("Sdk")?.Value ?? "";
        project.Properties["MSBuildProjectDirectory"] = project.Folder;
        project.Properties["MSBuildProjectName"] = System.IO.Path.GetFileNameWithoutExtension(path);
        project.Properties["MSBuildProjectFullPath"] = project.Path;
        project.Properties["MSBuildProjectFile"] = System.IO.Path.GetFileName(path);
        project.Properties["Configuration"] = "Debug";
        project.Properties["OS"] = OperatingSystem.IsWindows() ? "Windows_NT" : "Unix";
        project.Properties["MSBuildRuntimeType"] = "Core";
        project.Properties["Platform"] = "AnyCPU";
        project.ReadNearest("Directory.Build.props");
        project.ReadNearest("Directory.Packages.props");
        project.ReadInto(project.Path, root);
        project.ReadNearest("Directory.Build.targets");
        return project;
    }

    /// <summary>The C# files that the project compiles, full paths in ordinal order; without those that a build generates.</summary>
    public IReadOnlyList<string> SourceFiles()
    {
        var matcher = new Matcher(OperatingSystem.IsLinux() ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase);
        bool isSdkStyle = Sdk.Length > 0 && !Properties["EnableDefaultCompileItems"].Equals("false", StringComparison.OrdinalIgnoreCase)
            && !Properties["EnableDefaultItems"].Equals("false", StringComparison.OrdinalIgnoreCase);
        var outside = new List<string>();
        if (isSdkStyle)
        {
            matcher.AddInclude("**/*.cs");
        }

        matcher.AddExcludePatterns(_skippedFolders);
        foreach ((bool include, string pattern) in _compile)
        {
            string relative = pattern.Replace('\\', '/');
            if (include && (System.IO.Path.IsPathRooted(relative) || relative.StartsWith("../", StringComparison.Ordinal)))
            {
                outside.AddRange(Outside(relative));
            }
            else if (include)
            {
                matcher.AddInclude(relative);
            }
            else
            {
                matcher.AddExclude(relative);
            }
        }

        return [.. matcher.GetResultsInFullPath(Folder).Concat(outside).Distinct().Order(StringComparer.Ordinal)];
    }

    /// <summary>The text that the SDK would generate: global usings, and attributes for the assemblies that see internals.</summary>
    public string GeneratedSource()
    {
        var usings = new List<string>();
        if (Properties.IsTrue("ImplicitUsings"))
        {
            usings.AddRange(ImplicitUsings.Of(Sdk));
        }

        foreach ((bool remove, string text) in _usings)
        {
            if (remove)
            {
                usings.Remove(text);
            }
            else
            {
                usings.Add(text);
            }
        }

        return string.Concat(usings.Distinct().Select(u => $"global using {u};\n"))
            + string.Concat(Items("InternalsVisibleTo").Select(a => $"[assembly: System.Runtime.CompilerServices.InternalsVisibleTo(\"{a}\")]\n"));
    }

    private IEnumerable<string> Items(string kind) => _items.GetValueOrDefault(kind, []);

    private string FullPath(string path) => System.IO.Path.GetFullPath(System.IO.Path.Combine(Folder, path.Replace('\\', System.IO.Path.DirectorySeparatorChar)));

    private IEnumerable<string> Outside(string pattern)
    {
        int star = pattern.IndexOf('*');
        if (star < 0)
        {
            string file = FullPath(pattern);
            return File.Exists(file) ? [file] : [];
        }

        int slash = pattern.LastIndexOf('/', star);
        string folder = FullPath(slash < 0 ? "." : pattern[..(slash + 1)]);
        return Directory.Exists(folder) ? new Matcher().AddInclude(pattern[(slash + 1)..]).GetResultsInFullPath(folder) : [];
    }

    private void ReadNearest(string name)
    {
        for (string? folder = Folder; folder is not null; folder = System.IO.Path.GetDirectoryName(folder))
        {
            string file = System.IO.Path.Combine(folder, name);
            if (File.Exists(file))
            {
                ReadImported(file);
                return;
            }
        }
    }

    private void ReadImported(string file)
    {
        try
        {
            if (_read.Add(file) && XDocument.Load(file).Root is { } root)
            {
                ReadInto(file, root);
            }
        }
        catch (Exception e) when (e is XmlException or IOException or UnauthorizedAccessException)
        {
            // What cannot be read says nothing about the project; the project's own file is the one that has to be there.
        }
    }

    private void ReadInto(string file, XElement root)
    {
        string folder = System.IO.Path.GetDirectoryName(file)!;
        string outer = Properties["MSBuildThisFileDirectory"];
        Properties["MSBuildThisFileDirectory"] = folder + System.IO.Path.DirectorySeparatorChar;
        ReadElements(root, folder, file);
        Properties["MSBuildThisFileDirectory"] = outer;
    }

    private void ReadElements(XElement parent, string folder, string file)
    {
        foreach (XElement element in parent.Elements().Where(e => Holds(e, folder)))
        {
            switch (element.Name.LocalName)
            {
                case "PropertyGroup":
                    foreach (XElement property in element.Elements().Where(e => Holds(e, folder)))
                    {
                        Properties[property.Name.LocalName] = Properties.Expand(property.Value).Trim();
                    }

                    break;
                case "ItemGroup":
                    foreach (XElement item in element.Elements().Where(e => Holds(e, folder)))
                    {
                        ReadItem(item);
                    }

                    break;
                case "Import" when element.Attribute("Project")?.Value is { } import:
                    Import(import, folder, file);
                    break;
                case "ImportGroup":
                    ReadElements(element, folder, file);
                    break;
                case "Choose":
                    XElement? chosen = element.Elements().FirstOrDefault(e => e.Name.LocalName == "Otherwise" || Holds(e, folder));
                    if (chosen is not null)
                    {
                        ReadElements(chosen, folder, file);
                    }

                    break;
            }
        }
    }

    private void Import(string import, string folder, string file)
    {
        // The usual way to reach the next Directory.Build.props above; functions are not evaluated otherwise.
        if (import.Contains("GetPathOfFileAbove", StringComparison.Ordinal))
        {
            string name = System.IO.Path.GetFileName(file);
            for (string? above = System.IO.Path.GetDirectoryName(folder); above is not null; above = System.IO.Path.GetDirectoryName(above))
            {
                string found = System.IO.Path.Combine(above, name);
                if (File.Exists(found))
                {
                    ReadImported(found);
                    return;
                }
            }

            return;
        }

        string path = Properties.Expand(import).Replace('\\', System.IO.Path.DirectorySeparatorChar);
        if (path.Length > 0 && !path.Contains('*'))
        {
            path = System.IO.Path.GetFullPath(System.IO.Path.Combine(folder, path));
            if (File.Exists(path))
            {
                ReadImported(path);
            }
        }
    }

    private void ReadItem(XElement item)
    {
        string kind = item.Name.LocalName;
        string[] included = List(item, "Include");
        switch (kind)
        {
            case "Compile":
                _compile.AddRange(included.Select(p => (true, p)).Concat(List(item, "Remove").Concat(List(item, "Exclude")).Select(p => (false, p))));
                break;
            case "PackageReference":
                // What stays private to the project's build is a tool: it brings analyzers or targets, no assemblies.
                foreach (string name in included.Where(_ => !Meta(item, "PrivateAssets").Equals("all", StringComparison.OrdinalIgnoreCase)))
                {
                    _packages[name] = Meta(item, "VersionOverride") is { Length: > 0 } version ? version : Meta(item, "Version");
                }

                foreach (string name in List(item, "Update").Where(_packages.ContainsKey))
                {
                    _packages[name] = Meta(item, "Version");
                }

                foreach (string name in List(item, "Remove"))
                {
                    _packages.Remove(name);
                }

                break;
            case "PackageVersion":
                foreach (string name in included.Concat(List(item, "Update")))
                {
                    _centralVersions[name] = Meta(item, "Version");
                }

                break;
            case "GlobalPackageReference":
                // These are private to the build by definition.
                break;
            case "Using":
                _usings.AddRange(included.Select(name => (false, Meta(item, "Static").Equals("true", StringComparison.OrdinalIgnoreCase)
                    ? $"static global::{name}"
                    : Meta(item, "Alias") is { Length: > 0 } alias ? $"{alias} = global::{name}" : $"global::{name}")));
                _usings.AddRange(List(item, "Remove").Select(name => (true, $"global::{name}")));
                break;
            case "Reference":
                // A name alone means an assembly of the framework, which is there anyhow.
                string place = Meta(item, "HintPath");
                Add(kind, place.Length > 0 ? [place] : included.Where(name => name.EndsWith(".dll", StringComparison.OrdinalIgnoreCase)), []);
                break;
            case "InternalsVisibleTo":
                string key = Meta(item, "Key") is { Length: > 0 } own ? own : Properties["PublicKey"];
                Add(kind, included.Select(name => key.Length > 0 ? $"{name}, PublicKey={key}" : name), List(item, "Remove"));
                break;
            default:
                Add(kind, included, List(item, "Remove"));
                break;
        }
    }

    private void Add(string kind, IEnumerable<string> included, string[] removed)
    {
        if (!_items.TryGetValue(kind, out List<string>? list))
        {
            _items[kind] = list = [];
        }

        list.AddRange(included);
        list.RemoveAll(removed.Contains);
    }

    private string[] List(XElement item, string attribute) =>
        Properties.Expand(item.Attribute(attribute)?.Value ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private string Meta(XElement item, string name) =>
        Properties.Expand(item.Attribute(name)?.Value ?? item.Elements().FirstOrDefault(e => e.Name.LocalName == name)?.Value ?? "").Trim();

    private bool Holds(XElement element, string folder) => ProjectCondition.IsTrue(element.Attribute("Condition")?.Value, Properties, folder);
}
