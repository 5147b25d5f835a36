using System.Text;

namespace Tritter.Inference.Cuda;

/// <summary>
/// The kernels, compiled to PTX by scripts/cuda-kernels.mjs and compiled for the device by its driver. That takes seconds, so those for int4 keys and values
/// are a file of their own, which is compiled when one of them is first used.
/// </summary>
internal static class CudaKernels
{
    /// <summary>Of all kernels but those of <see cref="Int4"/>.</summary>
    public const string Main = "tritter.ptx";

    /// <summary>Of the kernels whose names begin with "int4_".</summary>
    public const string Int4 = "int4.ptx";

    /// <summary>The file that a kernel is in.</summary>
    public static string FileOf(string kernel) => kernel.StartsWith("int4_", StringComparison.Ordinal) ? Int4 : Main;

    /// <summary>PTX as the driver takes it, with a zero at its end.</summary>
    public static byte[] Ptx(string file)
    {
        using Stream stream = typeof(CudaKernels).Assembly.GetManifestResourceStream($"Tritter.Inference.Cuda.Kernels.{file}")!;
        using var reader = new StreamReader(stream, Encoding.ASCII);
        return Encoding.ASCII.GetBytes(reader.ReadToEnd() + "\0");
    }
}
