using System.Diagnostics;

namespace Tritter.Torch.Tests;

/// <summary>The built tritter-train as a process.</summary>
internal static class TrainProcess
{
    public static Process Start(IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "tritter-train.dll"), .. arguments]) { RedirectStandardError = true, RedirectStandardOutput = true };
        return Process.Start(start)!;
    }
}
