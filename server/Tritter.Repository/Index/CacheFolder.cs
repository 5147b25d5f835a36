using System.Security.Cryptography;
using System.Text;

namespace Tritter.Repository.Index;

/// <summary>Where Tritter keeps what it can make again, outside of every repository.</summary>
public static class CacheFolder
{
    /// <summary>Names another folder than the system's; for tests and for those who want it elsewhere.</summary>
    public const string Variable = "TRITTER_CACHE";

    /// <summary>Full path; not created.</summary>
    public static string Path { get; } = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named ? System.IO.Path.GetFullPath(named) : OfSystem();

    /// <summary>The folder for the index of one repository: its name, for people, and a hash of its full path.</summary>
    public static string ForRepository(string root)
    {
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(root)))[..16];
        string name = string.Concat(System.IO.Path.GetFileName(root).Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '_'));
        return System.IO.Path.Combine(Path, "index", $"{name}-{hash}");
    }

    private static string OfSystem()
    {
        if (OperatingSystem.IsWindows())
        {
            return System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "tritter");
        }

        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        if (OperatingSystem.IsMacOS())
        {
            return System.IO.Path.Combine(home, "Library", "Caches", "tritter");
        }

        // The XDG base directory specification has relative paths ignored.
        return Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { } cache && System.IO.Path.IsPathRooted(cache)
            ? System.IO.Path.Combine(cache, "tritter")
            : System.IO.Path.Combine(home, ".cache", "tritter");
    }
}
