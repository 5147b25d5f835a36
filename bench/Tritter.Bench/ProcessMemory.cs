using System.Globalization;

namespace Tritter.Bench;

/// <summary>What this process takes.</summary>
internal static class ProcessMemory
{
    private const string Status = "/proc/self/status";

    /// <summary>Bytes of physical memory held now.</summary>
    public static long Resident => File.Exists(Status) ? Field("VmRSS") : Environment.WorkingSet;

    /// <summary>"95.2 MB resident (60.1 anonymous, 35.1 of files)": pages of files can be dropped and are shared between processes.</summary>
    public static string Describe() => File.Exists(Status)
        ? Invariant($"{Resident / 1e6:F1} MB resident ({Field("RssAnon") / 1e6:F1} anonymous, {Field("RssFile") / 1e6:F1} of files, at most {Field("VmHWM") / 1e6:F1} so far)")
        : Invariant($"{Resident / 1e6:F1} MB resident");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    // "VmRSS:	   12345 kB"
    private static long Field(string name)
    {
        string line = File.ReadLines(Status).First(l => l.StartsWith(name + ":", StringComparison.Ordinal));
        return 1024 * long.Parse(line.Split(':')[1].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
    }
}
