using NuGet.Versioning;

namespace Tritter.Repository.Projects;

/// <summary>The framework's reference assemblies that the installed .NET SDK holds: <c>packs/*.Ref/VERSION/ref/netX.Y</c>.</summary>
public static class SdkReferences
{
    private const string BasePack = "Microsoft.NETCore.App.Ref";

    /// <summary>Folders that hold a .NET SDK, best first.</summary>
    public static IEnumerable<string> Roots()
    {
        var candidates = new List<string?> { Environment.GetEnvironmentVariable("DOTNET_ROOT"), Environment.GetEnvironmentVariable("DOTNET_INSTALL_DIR") };
        string name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        foreach (string folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            string program = Path.Combine(folder, name);
            if (File.Exists(program))
            {
                candidates.Add(Path.GetDirectoryName(File.ResolveLinkTarget(program, returnFinalTarget: true)?.FullName ?? program));
            }
        }

        candidates.AddRange(OperatingSystem.IsWindows()
            ? [Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), "dotnet")]
            : ["/usr/share/dotnet", "/usr/lib/dotnet", "/usr/local/share/dotnet"]);
        return candidates.OfType<string>().Distinct().Where(root => Directory.Exists(Path.Combine(root, "packs", BasePack)));
    }

    /// <summary>The highest framework version for which there are references, such as 10.0; null without an SDK.</summary>
    public static Version? Newest() =>
        Pack(BasePack) is { } pack && Version.TryParse(Path.GetFileName(pack)["net".Length..], out Version? version) ? version : null;

    /// <summary>Paths of the reference assemblies for a project of <paramref name="sdk"/>; empty without an SDK.</summary>
    /// <param name="frameworkReferences">Names such as Microsoft.AspNetCore.App.</param>
    public static IEnumerable<string> Find(string sdk, IEnumerable<string> frameworkReferences)
    {
        IEnumerable<string> packs = frameworkReferences.Select(name => name + ".Ref").Prepend(BasePack);
        if (sdk is "Microsoft.NET.Sdk.Web")
        {
            packs = packs.Append("Microsoft.AspNetCore.App.Ref");
        }

        return packs.Distinct().Select(Pack).OfType<string>().SelectMany(folder => Directory.EnumerateFiles(folder, "*.dll"));
    }

    /// <summary>The folder of the newest version's assemblies.</summary>
    private static string? Pack(string name)
    {
        foreach (string root in Roots())
        {
            string folder = Path.Combine(root, "packs", name);
            if (!Directory.Exists(folder))
            {
                continue;
            }

            string? newest = Directory.EnumerateDirectories(folder)
                .Where(d => NuGetVersion.TryParse(Path.GetFileName(d), out _))
                .MaxBy(d => NuGetVersion.Parse(Path.GetFileName(d)));
            string? assemblies = newest is null || !Directory.Exists(Path.Combine(newest, "ref")) ? null : Directory.EnumerateDirectories(Path.Combine(newest, "ref"), "net*").Max();
            if (assemblies is not null)
            {
                return assemblies;
            }
        }

        return null;
    }
}
