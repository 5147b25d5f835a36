using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Tritter.Inference.Cuda;

/// <summary>One device with Tritter's kernels loaded: memory, copies and launches in the order of one stream. One thread at a time.</summary>
internal sealed unsafe class CudaDevice : IDisposable
{
    private const int AttributeProcessors = 16, AttributeMajor = 75, AttributeMinor = 76, AttributeSharedBytes = 97;
    private const int FunctionSharedBytes = 8;

    /// <summary>Shared memory that a block gets without asking.</summary>
    private const int SharedBytesUnasked = 48 << 10;

    /// <summary>Each with the shared memory that it may be launched with.</summary>
    private readonly Dictionary<string, (nint Function, int SharedBytes)> _functions = [];
    private readonly int _device;
    private readonly nint _context;
    private readonly Dictionary<string, nint> _modules = [];

    private CudaDevice(CudaDriver driver, int device)
    {
        Driver = driver;
        _device = device;
        byte* name = stackalloc byte[256];
        driver.Check(driver.DeviceGetName(name, 256, device), "asking for the device's name");
        int version;
        driver.Check(driver.DriverGetVersion(&version), "asking for the driver's version");
        nuint bytes;
        driver.Check(driver.DeviceTotalMem(&bytes, device), "asking for the device's memory");
        Name = Marshal.PtrToStringUTF8((nint)name)!;
        MemoryBytes = (long)bytes;
        Processors = Attribute(AttributeProcessors);
        SharedBytes = Attribute(AttributeSharedBytes);
        int capability = Attribute(AttributeMajor) * 10 + Attribute(AttributeMinor);
        Description = string.Create(CultureInfo.InvariantCulture, $"{Name}, {MemoryBytes / 1e9:0.0} GB, driver for CUDA {version / 1000}.{version % 1000 / 10}");
        if (capability < 80)
        {
            throw new CudaException($"{Name} has compute capability {capability / 10}.{capability % 10}, and 8.0 is needed (Ampere, from 2020 on)");
        }

        nint context;
        driver.Check(driver.PrimaryContextRetain(&context, device), $"opening {Name}");
        _context = context;
        try
        {
            driver.Check(driver.ContextSetCurrent(context), $"opening {Name}");
            nint stream;
            Module(CudaKernels.Main);
            driver.Check(driver.StreamCreate(&stream, 1), "making a stream");
            Stream = stream;
        }
        catch
        {
            driver.PrimaryContextRelease(device);
            throw;
        }
    }

    public CudaDriver Driver { get; }

    public string Name { get; }

    /// <summary>"NVIDIA H100 80GB HBM3, 85.0 GB, driver for CUDA 13.0".</summary>
    public string Description { get; }

    public long MemoryBytes { get; }

    /// <summary>Multiprocessors.</summary>
    public int Processors { get; }

    /// <summary>Shared memory that a block may ask for.</summary>
    public int SharedBytes { get; }

    public nint Stream { get; }

    /// <summary>When set, every launch runs many times more, and what one takes is added up here, by kernel: milliseconds, and how many there were.</summary>
    public Dictionary<string, (double Milliseconds, int Launches)>? Times { get; set; }

    /// <summary>Bytes allocated now, and the most there have been.</summary>
    public long AllocatedBytes { get; private set; }

    public long PeakBytes { get; private set; }

    /// <summary>The first device that can run the kernels.</summary>
    /// <param name="library">null for the driver's own.</param>
    /// <exception cref="CudaException">There is none.</exception>
    public static CudaDevice Open(string? library = null)
    {
        CudaDriver driver = CudaDriver.Load(library);
        int count;
        driver.Check(driver.DeviceGetCount(&count), "counting devices");
        CudaException? problem = null;
        for (int i = 0; i < count; i++)
        {
            try
            {
                int device;
                driver.Check(driver.DeviceGet(&device, i), "opening a device");
                return new CudaDevice(driver, device);
            }
            catch (CudaException e)
            {
                problem ??= e;
            }
        }

        throw problem ?? new CudaException("the NVIDIA driver shows no device");
    }

    /// <summary>Makes the device the calling thread's: before any call on a thread that may be another than last time.</summary>
    public void MakeCurrent() => Driver.Check(Driver.ContextSetCurrent(_context), "choosing the device");

    /// <summary>The same, to give back what is on the device: also when it has failed, where nothing is left to do about it.</summary>
    public void TryMakeCurrent() => Driver.ContextSetCurrent(_context);

    public CudaBuffer Allocate(long bytes)
    {
        nint pointer;
        int result = Driver.MemoryAllocate(&pointer, (nuint)bytes);
        if (result == 2)
        {
            throw new CudaException(string.Create(CultureInfo.InvariantCulture, $"{Name} has no {bytes / 1e9:0.00} GB left beside the {AllocatedBytes / 1e9:0.00} GB that are allocated"));
        }

        Driver.Check(result, "allocating device memory");
        AllocatedBytes += bytes;
        PeakBytes = Math.Max(PeakBytes, AllocatedBytes);
        return new CudaBuffer(this, pointer, bytes);
    }

    public CudaBuffer Upload<T>(ReadOnlySpan<T> data)
        where T : unmanaged
    {
        CudaBuffer buffer = Allocate(Math.Max(16, data.Length * (long)sizeof(T)));
        Upload(data, buffer.Pointer);
        return buffer;
    }

    /// <summary>Copies to the device and waits: the data may change afterwards.</summary>
    public void Upload<T>(ReadOnlySpan<T> data, nint to)
        where T : unmanaged
    {
        fixed (T* from = data)
        {
            Driver.Check(Driver.CopyToDevice(to, from, (nuint)(data.Length * (long)sizeof(T)), Stream), "copying to the device");
            Synchronize();
        }
    }

    /// <summary>Copies to the host and waits.</summary>
    public void Download<T>(nint from, Span<T> to)
        where T : unmanaged
    {
        fixed (T* target = to)
        {
            Driver.Check(Driver.CopyToHost(target, from, (nuint)(to.Length * (long)sizeof(T)), Stream), "copying from the device");
            Synchronize();
        }
    }

    /// <summary>Bytes that nobody has allocated on the device.</summary>
    public long FreeBytes
    {
        get
        {
            nuint free, total;
            Driver.Check(Driver.MemoryInfo(&free, &total), "asking for the device's free memory");
            return (long)free;
        }
    }

    public void Copy(nint from, nint to, long bytes) => Driver.Check(Driver.CopyOnDevice(to, from, (nuint)bytes, Stream), "copying on the device");

    public void Clear(CudaBuffer buffer) => Driver.Check(Driver.SetBytes(buffer.Pointer, 0, (nuint)buffer.Bytes, Stream), "clearing device memory");

    /// <summary>Waits for all that was asked for. A kernel that failed is told here.</summary>
    public void Synchronize() => Driver.Check(Driver.StreamSynchronize(Stream), "computing on the device");

    /// <summary>Has a kernel run after what was asked for before.</summary>
    public void Launch(string kernel, int blocks, int blocksY, int threads, int sharedBytes, params ReadOnlySpan<KernelArgument> arguments)
    {
        nint function = Function(kernel, sharedBytes);
        KernelArgument* values = stackalloc KernelArgument[arguments.Length];
        void** pointers = stackalloc void*[arguments.Length];
        Point(arguments, values, pointers);
        if (Times is not null)
        {
            (double milliseconds, int launches) = Times.GetValueOrDefault(kernel);
            Times[kernel] = (milliseconds + Time(function, blocks, blocksY, threads, sharedBytes, pointers), launches + 1);
        }

        Driver.Check(Driver.LaunchKernel(function, (uint)blocks, (uint)blocksY, 1, (uint)threads, 1, 1, (uint)sharedBytes, Stream, pointers, null), $"launching kernel {kernel}");
    }

    /// <summary>The same with a block on every multiprocessor, which may wait for each other.</summary>
    public void LaunchTogether(string kernel, int threads, int sharedBytes, params ReadOnlySpan<KernelArgument> arguments)
    {
        nint function = Function(kernel, sharedBytes);
        KernelArgument* values = stackalloc KernelArgument[arguments.Length];
        void** pointers = stackalloc void*[arguments.Length];
        Point(arguments, values, pointers);
        Driver.Check(Driver.LaunchCooperativeKernel(function, (uint)Processors, 1, 1, (uint)threads, 1, 1, (uint)sharedBytes, Stream, pointers), $"launching kernel {kernel}");
    }

    private static void Point(ReadOnlySpan<KernelArgument> arguments, KernelArgument* values, void** pointers)
    {
        for (int i = 0; i < arguments.Length; i++)
        {
            values[i] = arguments[i];
            pointers[i] = values + i;
        }
    }

    /// <summary>Milliseconds of a launch among others of the same.</summary>
    private double Time(nint function, int blocks, int blocksY, int threads, int sharedBytes, void** pointers)
    {
        const int Repeats = 20;
        nint start, end;
        float milliseconds;
        Driver.Check(Driver.EventCreate(&start, 0), "timing");
        Driver.Check(Driver.EventCreate(&end, 0), "timing");
        for (int i = 0; i <= Repeats; i++)
        {
            if (i == 1)
            {
                Driver.Check(Driver.EventRecord(start, Stream), "timing");
            }

            Driver.Check(Driver.LaunchKernel(function, (uint)blocks, (uint)blocksY, 1, (uint)threads, 1, 1, (uint)sharedBytes, Stream, pointers, null), "timing");
        }

        Driver.Check(Driver.EventRecord(end, Stream), "timing");
        Synchronize();
        Driver.Check(Driver.EventElapsed(&milliseconds, start, end), "timing");
        Driver.EventDestroy(start);
        Driver.EventDestroy(end);
        return milliseconds / Repeats;
    }

    /// <summary>Whether all memory went with the device.</summary>
    public bool IsDisposed { get; private set; }

    public void Dispose()
    {
        IsDisposed = true;
        Driver.StreamDestroy(Stream);
        foreach (nint module in _modules.Values)
        {
            Driver.ModuleUnload(module);
        }

        Driver.PrimaryContextRelease(_device);
    }

    internal void Free(CudaBuffer buffer)
    {
        Driver.MemoryFree(buffer.Pointer);
        AllocatedBytes -= buffer.Bytes;
    }

    private nint Function(string name, int sharedBytes)
    {
        if (!_functions.TryGetValue(name, out (nint Function, int SharedBytes) known))
        {
            nint function;
            fixed (byte* text = Encoding.UTF8.GetBytes(name + "\0"))
            {
                Driver.Check(Driver.ModuleGetFunction(&function, Module(CudaKernels.FileOf(name)), text), $"finding kernel {name}");
            }

            known = (function, SharedBytesUnasked);
        }

        if (sharedBytes > known.SharedBytes)
        {
            Driver.Check(Driver.FunctionSetAttribute(known.Function, FunctionSharedBytes, sharedBytes), $"giving kernel {name} shared memory");
            known.SharedBytes = sharedBytes;
        }

        _functions[name] = known;
        return known.Function;
    }

    private nint Module(string file)
    {
        if (!_modules.TryGetValue(file, out nint module))
        {
            fixed (byte* ptx = CudaKernels.Ptx(file))
            {
                Driver.Check(Driver.ModuleLoadData(&module, ptx, 0, null, null), "compiling the kernels in the driver");
            }

            _modules[file] = module;
        }

        return module;
    }

    private int Attribute(int attribute)
    {
        int value;
        Driver.Check(Driver.DeviceGetAttribute(&value, attribute, _device), "asking what the device can do");
        return value;
    }
}
