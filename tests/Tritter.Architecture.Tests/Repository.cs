using System.Xml.Linq;

namespace Tritter.Architecture.Tests;

/// <summary>The files of the repository that these tests read.</summary>
internal static class Repository
{
    /// <summary>Every C# project, except what a build wrote.</summary>
    public static IReadOnlyList<Project> Projects { get; } = [.. Files("*.csproj").Select(Project.Read)];

    public static string Read(string relativePath) => File.ReadAllText(Path.Combine(Checkout.Root, relativePath));

    /// <summary>Full paths of the matching files, without build output, packages and git's own.</summary>
    public static IEnumerable<string> Files(string pattern) =>
        Directory.EnumerateFiles(Checkout.Root, pattern, SearchOption.AllDirectories).Where(file => !IsGenerated(file));

    private static bool IsGenerated(string file) =>
        Path.GetRelativePath(Checkout.Root, file).Split(Path.DirectorySeparatorChar).Any(folder => folder is "bin" or "obj" or "node_modules" or "artifacts" or ".git");
}

/// <summary>What one project file says.</summary>
/// <param name="Path">Relative to the repository's root, with '/' separators.</param>
/// <param name="References">Names of the projects it references.</param>
/// <param name="Packages">Names of the packages it references.</param>
internal sealed record Project(string Path, string Name, IReadOnlyList<string> References, IReadOnlyList<string> Packages, XDocument Xml)
{
    public bool IsTestOrBench => Path.StartsWith("tests/", StringComparison.Ordinal) || Path.StartsWith("bench/", StringComparison.Ordinal);

    public static Project Read(string file)
    {
        XDocument xml = XDocument.Load(file);
        return new Project(
            System.IO.Path.GetRelativePath(Checkout.Root, file).Replace('\\', '/'),
            System.IO.Path.GetFileNameWithoutExtension(file),
            [.. Includes(xml, "ProjectReference").Select(path => System.IO.Path.GetFileNameWithoutExtension(path.Replace('\\', '/')))],
            [.. Includes(xml, "PackageReference")],
            xml);
    }

    private static IEnumerable<string> Includes(XDocument xml, string element) =>
        xml.Descendants(element).Select(e => (string?)e.Attribute("Include") ?? throw new InvalidOperationException($"{element} without Include"));
}
