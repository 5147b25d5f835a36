using System.Text;

namespace Tritter.Inference.Cuda;

/// <summary>The kernels, compiled to PTX by scripts/cuda-kernels.mjs and compiled for the device by its driver.</summary>
internal static class CudaKernels
{
    private const string Resource = "Tritter.Inference.Cuda.Kernels.tritter.ptx";

    /// <summary>PTX as the driver takes it, with a zero at its end.</summary>
    public static byte[] Ptx()
    {
        using Stream stream = typeof(CudaKernels).Assembly.GetManifestResourceStream(Resource)!;
        using var reader = new StreamReader(stream, Encoding.ASCII);
        return Encoding.ASCII.GetBytes(reader.ReadToEnd() + "\0");
    }
}
