using System.Diagnostics;
using System.Runtime.InteropServices;
using Tritter.Inference.Cuda;

namespace Tritter.Inference.Tests.Cuda;

/// <summary>
/// The kernels' sources and the host's code without a device: Emulation/driver.cpp stands in for NVIDIA's driver library and runs a block's threads
/// as fibers. Compiled once for a run of the tests.
/// </summary>
internal static class EmulatedDevice
{
    private static readonly string _sources = Path.Combine(Checkout.Root, "tests", "Tritter.Inference.Tests", "Cuda", "Emulation");
    private static readonly Lazy<string?> _library = new(Compile);

    private const int Processors = 4, SharedKilobytes = 100;

    /// <summary>Skips the test where no C++ compiler is.</summary>
    /// <param name="processors">Multiprocessors.</param>
    /// <param name="sharedKilobytes">Shared memory of each of them.</param>
    public static CudaDevice Open(int processors = Processors, int sharedKilobytes = SharedKilobytes)
    {
        string library = Library();
        Shape(processors, sharedKilobytes);
        try
        {
            return CudaDevice.Open(library);
        }
        finally
        {
            Shape(Processors, SharedKilobytes);
        }
    }

    /// <summary>What stands in for the driver's library; skips likewise.</summary>
    public static string Library()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64, "the emulation's fibers are Linux's");
        Assert.SkipWhen(_library.Value is null, "there is no C++ compiler (g++ or clang++) to compile the kernels for the processor with");
        CudaModel.TinyHeads = true;
        return _library.Value!;
    }

    /// <summary>Has a stream of the devices that are opened from now on do nothing before somebody waits for it: 0 computes, 1 copies layers; -1 for none.</summary>
    public static void MakeLazy(int stream) => Tell("emulation_lazy_stream", stream);

    /// <summary>Has the launch after <paramref name="launches"/> others fail, and all that is asked of the device behind it; -1 for none.</summary>
    public static void FailAfter(int launches) => Tell("emulation_fail_launch", launches);

    private static void Shape(int processors, int sharedKilobytes)
    {
        Tell("emulation_processors", processors);
        Tell("emulation_shared_kilobytes", sharedKilobytes);
    }

    private static unsafe void Tell(string function, int number) =>
        ((delegate* unmanaged<int, int>)NativeLibrary.GetExport(NativeLibrary.Load(Library()), function))(number);

    private static string? Compile()
    {
        string library = Path.Combine(Directory.CreateTempSubdirectory("tritter-emulation-").FullName, "libemulated.so");
        foreach (string compiler in new[] { "g++", "clang++", "c++" })
        {
            if (Run(compiler, library) is { } problem)
            {
                Assert.True(problem.Length == 0, problem);
                return library;
            }
        }

        return null;
    }

    /// <returns>What went wrong, nothing, or null when there is no such compiler.</returns>
    private static string? Run(string compiler, string library)
    {
        var start = new ProcessStartInfo(compiler) { RedirectStandardError = true, WorkingDirectory = _sources };
        foreach (string argument in new[] { "-std=c++17", "-O2", "-ffp-contract=off", "-fno-strict-aliasing", "-fPIC", "-shared", "-I.", "driver.cpp", "-o", library })
        {
            start.ArgumentList.Add(argument);
        }

        try
        {
            using Process process = Process.Start(start)!;
            string errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? "" : $"{compiler}: {errors}";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
