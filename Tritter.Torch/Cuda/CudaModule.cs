using System.Runtime.InteropServices;
using System.Text;

namespace Tritter.Torch.Cuda;

/// <summary>Compiles CUDA source for the device at hand with NVRTC, which comes with libtorch, and launches its kernels on libtorch's default stream there.</summary>
internal sealed unsafe class CudaModule : IDisposable
{
    private static readonly string[] _compilerNames = ["libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so", "nvrtc64_130_0.dll", "nvrtc64_120_0.dll"];
    private static readonly string[] _driverNames = ["libcuda.so.1", "nvcuda.dll"];

    private readonly nint _driver;
    private readonly nint _module;
    private readonly nint _context;
    private readonly delegate* unmanaged<nint, int> _setContext;
    private readonly Dictionary<string, nint> _functions = new(StringComparer.Ordinal);
    private readonly delegate* unmanaged<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, int> _launch;

    /// <exception cref="NotSupportedException">There is no compiler or driver, or the source does not compile.</exception>
    public CudaModule(string source, string architecture, int number)
    {
        _driver = Open(_driverNames);
        byte[] binary = Compile(source, architecture);
        // libtorch works in the device's primary context; so must whichever thread launches.
        int device;
        Check(((delegate* unmanaged<uint, int>)Symbol("cuInit"))(0), "cuInit");
        Check(((delegate* unmanaged<int*, int, int>)Symbol("cuDeviceGet"))(&device, number), "cuDeviceGet");
        nint context;
        Check(((delegate* unmanaged<nint*, int, int>)Symbol("cuDevicePrimaryCtxRetain"))(&context, device), "cuDevicePrimaryCtxRetain");
        _context = context;
        _setContext = (delegate* unmanaged<nint, int>)Symbol("cuCtxSetCurrent");
        Check(_setContext(context), "cuCtxSetCurrent");
        nint module;
        fixed (byte* image = binary)
        {
            Check(((delegate* unmanaged<nint*, void*, int>)Symbol("cuModuleLoadData"))(&module, image), "cuModuleLoadData");
        }

        _module = module;
        _launch = (delegate* unmanaged<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, int>)Symbol("cuLaunchKernel");
    }

    /// <param name="arguments">Pointers as nint, and int, long or float as the kernel declares them.</param>
    public void Launch(string kernel, int blocks, int threads, params ReadOnlySpan<Argument> arguments)
    {
        // libtorch changes the thread's context whenever it is given a tensor of another device.
        Check(_setContext(_context), "cuCtxSetCurrent");
        if (!_functions.TryGetValue(kernel, out nint function))
        {
            fixed (byte* name = Encoding.ASCII.GetBytes(kernel + "\0"))
            {
                Check(((delegate* unmanaged<nint*, nint, byte*, int>)Symbol("cuModuleGetFunction"))(&function, _module, name), kernel);
            }

            _functions[kernel] = function;
        }

        fixed (Argument* values = arguments)
        {
            void** pointers = stackalloc void*[arguments.Length];
            for (int i = 0; i < arguments.Length; i++)
            {
                pointers[i] = values + i;
            }

            Check(_launch(function, (uint)blocks, 1, 1, (uint)threads, 1, 1, 0, 0, pointers, null), kernel);
        }
    }

    public void Dispose() => ((delegate* unmanaged<nint, int>)Symbol("cuModuleUnload"))(_module);

    /// <summary>Eight bytes as one kernel parameter; a smaller one lies at their beginning.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 8)]
    public readonly struct Argument
    {
        [FieldOffset(0)] private readonly long _long;
        [FieldOffset(0)] private readonly int _int;
        [FieldOffset(0)] private readonly float _float;

        private Argument(long value) => _long = value;
        private Argument(int value) => _int = value;
        private Argument(float value) => _float = value;

        public static implicit operator Argument(long value) => new(value);
        public static implicit operator Argument(nint value) => new((long)value);
        public static implicit operator Argument(int value) => new(value);
        public static implicit operator Argument(float value) => new(value);
    }

    private static byte[] Compile(string source, string architecture)
    {
        nint nvrtc = Open(_compilerNames);
        nint Export(string name) => NativeLibrary.GetExport(nvrtc, name);
        nint program;
        fixed (byte* text = Encoding.UTF8.GetBytes(source + "\0"))
        fixed (byte* option = Encoding.ASCII.GetBytes($"--gpu-architecture={architecture}\0"))
        {
            Check(((delegate* unmanaged<nint*, byte*, byte*, int, nint, nint, int>)Export("nvrtcCreateProgram"))(&program, text, null, 0, 0, 0), "nvrtcCreateProgram");
            byte* options = option;
            int result = ((delegate* unmanaged<nint, int, byte**, int>)Export("nvrtcCompileProgram"))(program, 1, &options);
            if (result != 0)
            {
                nuint length;
                ((delegate* unmanaged<nint, nuint*, int>)Export("nvrtcGetProgramLogSize"))(program, &length);
                byte[] log = new byte[length];
                fixed (byte* to = log)
                {
                    ((delegate* unmanaged<nint, byte*, int>)Export("nvrtcGetProgramLog"))(program, to);
                }

                throw new NotSupportedException("the CUDA kernels do not compile: " + Encoding.UTF8.GetString(log));
            }
        }

        nuint size;
        Check(((delegate* unmanaged<nint, nuint*, int>)Export("nvrtcGetCUBINSize"))(program, &size), "nvrtcGetCUBINSize");
        byte[] binary = new byte[size];
        fixed (byte* to = binary)
        {
            Check(((delegate* unmanaged<nint, byte*, int>)Export("nvrtcGetCUBIN"))(program, to), "nvrtcGetCUBIN");
        }

        return binary;
    }

    private nint Symbol(string name) => NativeLibrary.GetExport(_driver, name);

    private static nint Open(string[] names)
    {
        foreach (string name in names)
        {
            if (NativeLibrary.TryLoad(name, out nint handle))
            {
                return handle;
            }
        }

        throw new NotSupportedException($"none of {string.Join(", ", names)} was found; is its folder on the library path?");
    }

    private static void Check(int result, string call)
    {
        if (result != 0)
        {
            throw new NotSupportedException($"CUDA: {call} failed with code {result}");
        }
    }
}
