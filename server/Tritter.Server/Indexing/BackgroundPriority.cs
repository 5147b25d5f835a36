using System.Runtime.InteropServices;

namespace Tritter.Server.Indexing;

/// <summary>Lets the calling thread run when nobody else wants the processor.</summary>
internal static partial class BackgroundPriority
{
    // The nice value of a thread, see setpriority(2); .NET's own priorities do nothing on Linux.
    private const int ProcessOrThread = 0;
    private const int CallingThread = 0;
    private const int Nice = 15;

    public static void Enter()
    {
        if (OperatingSystem.IsLinux())
        {
            _ = SetPriority(ProcessOrThread, CallingThread, Nice);
        }
        else
        {
            Thread.CurrentThread.Priority = ThreadPriority.Lowest;
        }
    }

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, int who, int priority);
}
