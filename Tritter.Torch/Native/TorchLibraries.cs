using System.Runtime.InteropServices;

namespace Tritter.Torch.Native;

/// <summary>Loads libtorch: the one beside the program, or, for CUDA, that of an installed PyTorch named by TRITTER_LIBTORCH (its torch/lib).</summary>
public static class TorchLibraries
{
    public const string Variable = "TRITTER_LIBTORCH";
    private const string NewestNeeded = "GLIBCXX_3.4.32";
    private static readonly Lock _loading = new();
    private static bool _loaded;

    /// <summary>Call before any other use of TorchSharp.</summary>
    /// <exception cref="NotSupportedException">A library is missing or does not fit; the message names it.</exception>
    public static void Load()
    {
        lock (_loading)
        {
            if (!_loaded)
            {
                LoadOnce();
                _loaded = true;
            }
        }
    }

    private static void LoadOnce()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        string? installed = Environment.GetEnvironmentVariable(Variable);
        string ours = Find("libLibTorchSharp.so") ?? throw new NotSupportedException("libLibTorchSharp.so is missing beside the program");
        string[] needed = installed is null ? ["libc10.so", "libtorch_cpu.so", "libtorch.so"] : ["libc10.so", "libtorch_cpu.so", "libc10_cuda.so", "libtorch_cuda.so", "libtorch.so"];
        foreach (string library in needed)
        {
            string? path = installed is null ? Find(library) : Path.Combine(installed, library);
            try
            {
                if (path is not null)
                {
                    NativeLibrary.Load(path);
                }
            }
            catch (DllNotFoundException e)
            {
                throw new NotSupportedException($"{path} cannot be loaded: {e.Message}", e);
            }
        }

        Mend(ours);
    }

    // A test's or a developer's build finds the package where restore put it.
    private static string? Find(string name) =>
        new[] { AppContext.BaseDirectory, Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native") }
            .Concat(PackageFolders()).Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    private static IEnumerable<string> PackageFolders() =>
        (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);

    /// <summary>
    /// Only where the C++ library is older than TorchSharp's expects: puts a mended copy beside TorchSharp.dll, where TorchSharp looks first.
    /// The library of the package stays as it is.
    /// </summary>
    private static void Mend(string path)
    {
        if (NativeLibrary.TryLoad(path, out _))
        {
            return;
        }

        byte[] elf = File.ReadAllBytes(path);
        string mended = Path.Combine(AppContext.BaseDirectory, Path.GetFileName(path));
        if (WeakVersion.Mark(elf, NewestNeeded))
        {
            string partial = $"{mended}.{Environment.ProcessId}";
            File.WriteAllBytes(partial, elf);
            File.Move(partial, mended, overwrite: true);
        }

        try
        {
            NativeLibrary.Load(mended);
        }
        catch (DllNotFoundException e)
        {
            throw new NotSupportedException($"{path} cannot be loaded: {e.Message}", e);
        }
    }
}
