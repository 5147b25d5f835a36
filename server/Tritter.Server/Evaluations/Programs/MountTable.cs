using System.Text;

namespace Tritter.Server.Evaluations.Programs;

/// <summary>A file system in sight of this process.</summary>
/// <param name="Options">What bars the use of it beyond its files' own permissions, such as nosuid; whether it may be written is left out.</param>
internal readonly record struct MountPoint(string Path, IReadOnlyList<string> Options);

/// <summary>Reads /proc/self/mountinfo (proc(5)).</summary>
internal static class MountTable
{
    /// <summary>Those that must be named again when a mount is made read-only: in a user's own namespace none may be lifted.</summary>
    private static readonly string[] _kept = ["nosuid", "nodev", "noexec", "noatime", "nodiratime", "relatime", "nosymfollow"];

    /// <summary>The mounts that are not covered by a later one at the same place, in their order.</summary>
    public static IReadOnlyList<MountPoint> Parse(IEnumerable<string> lines)
    {
        // 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
        MountPoint[] all = [.. lines.Select(line => line.Split(' ')).Where(fields => fields.Length > 5).Select(fields => new MountPoint(Unescape(fields[4]), [.. fields[5].Split(',').Intersect(_kept)]))];
        return [.. all.Where((mount, i) => !all.Skip(i + 1).Any(later => later.Path == mount.Path))];
    }

    /// <summary>Blanks, tabs, line ends and backslashes stand as three octal digits.</summary>
    private static string Unescape(string path)
    {
        if (!path.Contains('\\'))
        {
            return path;
        }

        var text = new StringBuilder();
        for (int i = 0; i < path.Length; i++)
        {
            if (path[i] == '\\' && i + 3 < path.Length)
            {
                text.Append((char)Convert.ToInt32(path.Substring(i + 1, 3), 8));
                i += 3;
            }
            else
            {
                text.Append(path[i]);
            }
        }

        return text.ToString();
    }
}
