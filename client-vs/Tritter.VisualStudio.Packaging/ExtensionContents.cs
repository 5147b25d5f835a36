namespace Tritter.VisualStudio.Packaging;

/// <summary>What the extension consists of, and where it comes from.</summary>
internal static class ExtensionContents
{
    /// <summary>Assemblies of ours, with the projects that make them.</summary>
    private static readonly (string Project, string Framework)[] _assemblies =
    [
        ("Tritter.VisualStudio", "net472"),
        ("Tritter.VisualStudio.Editor", "net472"),
        ("Tritter.VisualStudio.Core", "netstandard2.0"),
    ];

    // What the engine reads of a model's folder; how the model was trained is not part of the product.
    private static readonly string[] _modelFiles = ["config.json", "generation_config.json", "tokenizer.json", "model.safetensors"];

    public static string Manifest(string repository) =>
        File.ReadAllText(Path.Combine(repository, "client-vs", "Tritter.VisualStudio", "source.extension.vsixmanifest"))
            .Replace("$version$", Version(repository), StringComparison.Ordinal);

    /// <param name="server">A folder with tritter.exe and all that it needs.</param>
    /// <exception cref="PackagingException">Something is missing or does not fit the oldest supported Visual Studio.</exception>
    public static IReadOnlyList<VsixFile> Of(string repository, string server, string model)
    {
        if (!File.Exists(Path.Combine(server, "tritter.exe")))
        {
            throw new PackagingException($"{server} has no tritter.exe: publish the server for win-x64 first");
        }

        string source = Path.Combine(repository, "client-vs", "Tritter.VisualStudio");
        return
        [
            .. Assemblies(repository).Select(path => new VsixFile(Path.GetFileName(path), FittingAssembly(path))),
            new VsixFile("Tritter.pkgdef", File.ReadAllBytes(Path.Combine(source, "Tritter.pkgdef"))),
            new VsixFile("LICENSE.txt", File.ReadAllBytes(Path.Combine(repository, "LICENSE"))),
            .. Directory.EnumerateFiles(server, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
                .Select(f => VsixFile.At("server/" + Path.GetRelativePath(server, f).Replace('\\', '/'), f)),
            .. _modelFiles.Select(f => VsixFile.At("model/" + f, Path.Combine(model, f))),
        ];
    }

    /// <summary>The paths of our built assemblies.</summary>
    public static IEnumerable<string> Assemblies(string repository) =>
        _assemblies.Select(a => Path.Combine(repository, "client-vs", a.Project, "bin", "Release", a.Framework, a.Project + ".dll"));

    private static byte[] FittingAssembly(string path)
    {
        byte[] image = AssemblyReferences.Lower(File.ReadAllBytes(path));
        string? tooNew = AssemblyReferences.Of(image).FirstOrDefault(r => !AssemblyReferences.IsInOldestVisualStudio(r)) is { } reference ? $"{reference.Name} {reference.Version}" : null;
        return tooNew is null ? image : throw new PackagingException($"{Path.GetFileName(path)} references {tooNew}, which Visual Studio 17.9 does not have");
    }

    private static string Version(string repository) =>
        System.Xml.Linq.XDocument.Load(Path.Combine(repository, "Directory.Build.props")).Descendants("Version").Single().Value;
}
