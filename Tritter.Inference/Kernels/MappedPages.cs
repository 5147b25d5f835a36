using System.Runtime.InteropServices;

namespace Tritter.Inference.Kernels;

/// <summary>What can be asked of the system about pages of a mapped file. Nothing here changes what is read.</summary>
internal static unsafe partial class MappedPages
{
    private const int AdviseNotNeeded = 4;

    /// <summary>Has pages read in by reading a byte of each.</summary>
    /// <param name="stop">Asked now and then; true ends it early.</param>
    public static void Touch(ReadOnlySpan<byte> bytes, Func<bool> stop)
    {
        const int PartBytes = 1 << 20;
        for (int at = 0; at < bytes.Length && !stop(); at += PartBytes)
        {
            int end = Math.Min(bytes.Length, at + PartBytes);
            for (int page = at; page < end; page += Environment.SystemPageSize)
            {
                _ = Volatile.Read(in bytes[page]);
            }
        }
    }

    /// <summary>Takes whole pages out of this process; the system may keep them, and reads them again when they are wanted. Nothing on Windows, which trims what is not used by itself.</summary>
    public static void GiveBack(ReadOnlySpan<byte> bytes)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        fixed (byte* start = bytes)
        {
            nuint page = (nuint)Environment.SystemPageSize;
            nuint first = ((nuint)start + page - 1) & ~(page - 1), end = ((nuint)start + (nuint)bytes.Length) & ~(page - 1);
            if (end > first)
            {
                _ = Advise((byte*)first, end - first, AdviseNotNeeded);
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(byte* address, nuint length, int advice);
}
