using System.Text;

namespace Tritter.Inference.Cuda;

/// <summary>The kernels, compiled to PTX by scripts/cuda-kernels.mjs and compiled for the device by its driver.</summary>
internal static class CudaKernels
{
    private const string Resource = "Tritter.Inference.Cuda.Kernels.tritter.ptx";

    /// <summary>PTX as the driver takes it, with a zero at its end.</summary>
    /// <param name="overlap">With the instructions of compute capability 9.0 that let a kernel begin before the one before it has ended.</param>
    public static byte[] Ptx(bool overlap)
    {
        using Stream stream = typeof(CudaKernels).Assembly.GetManifestResourceStream(Resource)!;
        using var reader = new StreamReader(stream, Encoding.ASCII);
        string text = reader.ReadToEnd();
        if (overlap)
        {
            text = text.Replace("//90:", "", StringComparison.Ordinal)
                .Replace(".version 7.0", ".version 7.8", StringComparison.Ordinal)
                .Replace(".target sm_80", ".target sm_90", StringComparison.Ordinal);
        }

        return Encoding.ASCII.GetBytes(text + "\0");
    }
}
