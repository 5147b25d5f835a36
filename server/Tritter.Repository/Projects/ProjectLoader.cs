using System.Collections.Immutable;
using System.Xml;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using NuGet.Frameworks;
using Tritter.Core.CSharp;

namespace Tritter.Repository.Projects;

/// <summary>A project that was loaded, and what about it could not be.</summary>
/// <param name="Path">The project file.</param>
/// <param name="Missing">Packages and projects that were not found, for the log.</param>
public sealed record LoadedProject(string Path, CSharpProject Project, IReadOnlyList<string> Missing);

/// <summary>
/// Reads C# projects into compilations: project file, source files, references from the SDK, the NuGet cache and other projects. Nothing is
/// built, restored or run. Assemblies are opened once and shared, projects loaded once. One thread at a time.
/// </summary>
public sealed class ProjectLoader
{
    private const int MostProjectsDeep = 32;
    private const long LargestFile = 2 << 20;

    private readonly Dictionary<string, MetadataReference> _assemblies = new(StringComparer.Ordinal);
    private readonly Dictionary<string, LoadedProject> _loaded = new(StringComparer.Ordinal);

    /// <summary>Loads a project and, as references, the projects that it refers to.</summary>
    /// <exception cref="IOException">The project file cannot be read.</exception>
    /// <exception cref="XmlException">It is no XML.</exception>
    public LoadedProject Load(string projectFile, CancellationToken cancellationToken) =>
        Load(System.IO.Path.GetFullPath(projectFile), 0, cancellationToken);

    /// <summary>Forgets a project, so that the next load reads it anew; what refers to it keeps what it had.</summary>
    public void Forget(string projectFile) => _loaded.Remove(System.IO.Path.GetFullPath(projectFile));

    /// <summary>The files that a project compiles now, as <see cref="CSharpProject.Paths"/> spells them.</summary>
    /// <exception cref="IOException">The project file cannot be read.</exception>
    /// <exception cref="XmlException">It is no XML.</exception>
    public static IEnumerable<string> SourceFiles(string projectFile) => ProjectFile.Read(projectFile).SourceFiles().Select(f => f.Replace('\\', '/'));

    /// <summary>The text of a source file; null when it cannot be read or no person wrote that much.</summary>
    public static string? Text(string path)
    {
        try
        {
            return new FileInfo(path).Length <= LargestFile ? File.ReadAllText(path) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>A project of one file that belongs to none: the newest framework, everything imported that a console program imports.</summary>
    public CSharpProject Loose(string path, string text)
    {
        var files = new List<(string, string)> { (path, text) };
        string usings = string.Concat(ImplicitUsings.Of("").Select(u => $"global using {u};\n"));
        files.Add(("/GlobalUsings.g.cs", usings));
        MetadataReference[] references = [.. SdkReferences.Find("", []).Select(Assembly)];
        return CSharpProject.Create("loose", files, references, isComplete: false);
    }

    private LoadedProject Load(string path, int depth, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_loaded.TryGetValue(path, out LoadedProject? known))
        {
            return known;
        }

        ProjectFile file = ProjectFile.Read(path);
        NuGetFramework framework = Framework(file);
        var missing = new List<string>();
        var references = new Dictionary<string, MetadataReference>(StringComparer.OrdinalIgnoreCase);
        foreach (string assembly in SdkReferences.Find(file.Sdk, file.FrameworkReferences))
        {
            references[System.IO.Path.GetFileName(assembly)] = Assembly(assembly);
        }

        if (references.Count == 0)
        {
            missing.Add("the .NET SDK's reference assemblies");
        }

        foreach (string other in file.ProjectReferences)
        {
            if (depth < MostProjectsDeep && TryLoadReferenced(other, depth, cancellationToken) is { } loaded)
            {
                references[other] = loaded.Project.Compilation.ToMetadataReference();
                foreach (MetadataReference further in loaded.Project.Compilation.References)
                {
                    references.TryAdd(Key(further), further);
                }

                missing.AddRange(loaded.Missing);
            }
            else
            {
                missing.Add(other);
            }
        }

        PackageAssemblies packages = PackageReferences.Find(file, framework);
        // A package that the framework has taken in needs not be there.
        missing.AddRange(packages.Missing.Where(p => !references.ContainsKey(p.Split(' ', '/')[0] + ".dll")));
        foreach (string assembly in packages.Paths)
        {
            references[System.IO.Path.GetFileName(assembly)] = Assembly(assembly);
        }

        foreach (string assembly in file.AssemblyFiles)
        {
            if (File.Exists(assembly))
            {
                references[System.IO.Path.GetFileName(assembly)] = Assembly(assembly);
            }
            else
            {
                missing.Add(assembly);
            }
        }

        ImmutableArray<byte> key = [];
        if (file.KeyFile is { } keyFile && (key = PublicKey.OfFile(keyFile)).IsEmpty)
        {
            // Without it the internals that others show to this assembly are out of its sight.
            missing.Add(keyFile);
        }

        var project = CSharpProject.Create(
            file.Properties["AssemblyName"] is { Length: > 0 } name ? name : System.IO.Path.GetFileNameWithoutExtension(path),
            Sources(file, cancellationToken),
            references.Values,
            ParseOptions(file, framework),
            new CSharpCompilationOptions(
                file.Properties["OutputType"].EndsWith("Exe", StringComparison.OrdinalIgnoreCase) ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary,
                allowUnsafe: true,
                nullableContextOptions: file.Properties["Nullable"].Equals("enable", StringComparison.OrdinalIgnoreCase) ? NullableContextOptions.Enable : NullableContextOptions.Disable,
                cryptoPublicKey: key,
                concurrentBuild: false),
            isComplete: missing.Count == 0);
        var result = new LoadedProject(path, project, [.. missing.Distinct()]);
        _loaded[path] = result;
        return result;
    }

    private LoadedProject? TryLoadReferenced(string path, int depth, CancellationToken cancellationToken)
    {
        try
        {
            return path.EndsWith(".csproj", StringComparison.OrdinalIgnoreCase) ? Load(path, depth + 1, cancellationToken) : null;
        }
        catch (Exception e) when (e is IOException or XmlException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static IEnumerable<(string Path, string Text)> Sources(ProjectFile file, CancellationToken cancellationToken)
    {
        foreach (string source in file.SourceFiles())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (Text(source) is { } text)
            {
                yield return (source.Replace('\\', '/'), text);
            }
        }

        yield return (System.IO.Path.Combine(file.Folder, "obj", "Generated.g.cs").Replace('\\', '/'), file.GeneratedSource());
    }

    /// <summary>The framework to see the project with: of several, the newest .NET.</summary>
    private static NuGetFramework Framework(ProjectFile file)
    {
        NuGetFramework[] frameworks = [.. file.TargetFrameworks.Select(NuGetFramework.Parse).Where(f => f.IsSpecificFramework)];
        return frameworks.OrderByDescending(f => f.Framework == FrameworkConstants.FrameworkIdentifiers.NetCoreApp).ThenByDescending(f => f.Version).FirstOrDefault()
            ?? NuGetFramework.Parse($"net{SdkReferences.Newest()?.ToString(2) ?? "10.0"}");
    }

    private static CSharpParseOptions ParseOptions(ProjectFile file, NuGetFramework framework)
    {
        LanguageVersion version = LanguageVersionFacts.TryParse(file.Properties["LangVersion"], out LanguageVersion stated) && file.Properties["LangVersion"].Length > 0
            ? stated
            : LanguageVersion.Preview;
        IEnumerable<string> constants = file.Properties["DefineConstants"].Split([';', ','], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return new CSharpParseOptions(version, DocumentationMode.Parse, preprocessorSymbols: constants.Concat(Symbols(framework)).Append("DEBUG").Append("TRACE"));
    }

    /// <summary>NET10_0, NET9_0_OR_GREATER and so on, as the SDK defines them.</summary>
    private static IEnumerable<string> Symbols(NuGetFramework framework)
    {
        if (framework.Framework == FrameworkConstants.FrameworkIdentifiers.NetStandard)
        {
            return ["NETSTANDARD", $"NETSTANDARD{framework.Version.Major}_{framework.Version.Minor}"];
        }

        if (framework.Framework != FrameworkConstants.FrameworkIdentifiers.NetCoreApp)
        {
            return ["NETFRAMEWORK"];
        }

        return Enumerable.Range(5, Math.Max(0, framework.Version.Major - 4)).Select(major => $"NET{major}_0_OR_GREATER")
            .Concat(["NETCOREAPP", "NETCOREAPP3_0_OR_GREATER", "NETCOREAPP3_1_OR_GREATER", "NET", $"NET{framework.Version.Major}_{framework.Version.Minor}"]);
    }

    private MetadataReference Assembly(string path)
    {
        if (!_assemblies.TryGetValue(path, out MetadataReference? reference))
        {
            _assemblies[path] = reference = MetadataReference.CreateFromFile(path);
        }

        return reference;
    }

    private static string Key(MetadataReference reference) => reference is PortableExecutableReference { FilePath: { } path } ? System.IO.Path.GetFileName(path) : reference.Display ?? "";
}
