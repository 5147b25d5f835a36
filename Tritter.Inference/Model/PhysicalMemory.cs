using System.Globalization;

namespace Tritter.Inference.Model;

/// <summary>This machine's memory.</summary>
internal static class PhysicalMemory
{
    private const string Linux = "/proc/meminfo";

    /// <summary>Bytes that programs can still have without others losing theirs, as far as the system says; within a container no more than it may take.</summary>
    public static long Available
    {
        get
        {
            GCMemoryInfo memory = GC.GetGCMemoryInfo();
            long most = memory.TotalAvailableMemoryBytes > 0 ? memory.TotalAvailableMemoryBytes : long.MaxValue;
            return File.Exists(Linux) ? Math.Min(most, ReadAvailable(File.ReadLines(Linux)) ?? most) : Math.Max(0, most - memory.MemoryLoadBytes);
        }
    }

    /// <summary>Bytes in the line "MemAvailable:   24012345 kB"; null where there is none.</summary>
    internal static long? ReadAvailable(IEnumerable<string> lines) =>
        lines.FirstOrDefault(line => line.StartsWith("MemAvailable:", StringComparison.Ordinal)) is { } line
        && long.TryParse(line.AsSpan("MemAvailable:".Length).TrimEnd("kB ").Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out long kilobytes)
            ? kilobytes * 1024
            : null;
}
