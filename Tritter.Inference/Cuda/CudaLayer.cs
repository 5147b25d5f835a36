using System.Runtime.InteropServices;
using Tritter.Inference.Kernels;
using Tritter.Inference.Model;

namespace Tritter.Inference.Cuda;

/// <summary>What a weight of +1 stands for in each matrix of a layer.</summary>
internal readonly record struct LayerScales(float Query, float Key, float Value, float Output, float Gate, float Up, float Down);

/// <summary>
/// Where one block's weights are on a device: its matrices in one piece of memory, in the order in which decoding reads them, and its norms in another,
/// which stays there when the matrices come and go, since the layer behind needs the last of them. Somebody else owns the memory.
/// </summary>
internal sealed class CudaLayer
{
    /// <summary>Of every part.</summary>
    private const int Alignment = 256;

    /// <param name="matrices"><see cref="MatrixBytes"/>.</param>
    /// <param name="norms"><see cref="NormBytes"/>.</param>
    public CudaLayer(ModelConfig config, LayerWeights weights, nint matrices, nint norms)
    {
        Attention = weights.Attention;
        Scales = new LayerScales(weights.Query.Scale, weights.Key.Scale, weights.Value.Scale, weights.Output.Scale, weights.Gate.Scale, weights.Up.Scale, weights.Down.Scale);
        QueryKeyValue = Matrix(config.QuerySize + 2 * config.KvSize, config.HiddenSize);
        Output = Matrix(config.HiddenSize, config.QuerySize);
        GateUp = Matrix(2 * config.IntermediateSize, config.HiddenSize);
        Down = Matrix(config.HiddenSize, config.IntermediateSize);
        (InputNorm, QueryNorm, KeyNorm) = (Norm(config.HiddenSize), Norm(config.HeadDim), Norm(config.HeadDim));
        (AttentionNorm, MlpNorm) = (Norm(config.QuerySize), Norm(config.HiddenSize));
        (GatedNorm, PostNorm) = (Norm(config.IntermediateSize), Norm(config.HiddenSize));

        CudaMatrix Matrix(int rows, int columns)
        {
            var matrix = new CudaMatrix(matrices, rows, columns);
            matrices += (nint)Aligned(CudaMatrix.BytesOf(rows, columns));
            return matrix;
        }

        nint Norm(int width)
        {
            nint norm = norms;
            norms += (nint)Aligned(width * (long)sizeof(float));
            return norm;
        }
    }

    public LayerAttention Attention { get; }

    public LayerScales Scales { get; }

    public CudaMatrix QueryKeyValue { get; }

    public CudaMatrix Output { get; }

    public CudaMatrix GateUp { get; }

    public CudaMatrix Down { get; }

    public nint InputNorm { get; }

    public nint QueryNorm { get; }

    public nint KeyNorm { get; }

    public nint AttentionNorm { get; }

    public nint MlpNorm { get; }

    public nint GatedNorm { get; }

    public nint PostNorm { get; }

    public static long MatrixBytes(ModelConfig config) =>
        Aligned(CudaMatrix.BytesOf(config.QuerySize + 2 * config.KvSize, config.HiddenSize)) + Aligned(CudaMatrix.BytesOf(config.HiddenSize, config.QuerySize))
        + Aligned(CudaMatrix.BytesOf(2 * config.IntermediateSize, config.HiddenSize)) + Aligned(CudaMatrix.BytesOf(config.HiddenSize, config.IntermediateSize));

    public static long NormBytes(ModelConfig config) =>
        3 * Aligned(sizeof(float) * (long)config.HiddenSize) + 2 * Aligned(sizeof(float) * (long)config.HeadDim)
        + Aligned(sizeof(float) * (long)config.QuerySize) + Aligned(sizeof(float) * (long)config.IntermediateSize);

    /// <summary>Lays the matrices out as a device has them.</summary>
    /// <param name="image">[<see cref="MatrixBytes"/>].</param>
    public static void LayOutMatrices(LayerWeights weights, Span<byte> image)
    {
        Span<byte> rest = Put(CudaMatrix.Stack(weights.Query, weights.Key, weights.Value), image);
        rest = Put(CudaMatrix.Stack(weights.Output), rest);
        rest = Put(CudaMatrix.Interleave(weights.Gate, weights.Up), rest);
        Put(CudaMatrix.Stack(weights.Down), rest);
    }

    /// <summary>The same with the norms.</summary>
    /// <param name="image">[<see cref="NormBytes"/>].</param>
    public static void LayOutNorms(LayerWeights weights, Span<byte> image)
    {
        foreach (AlignedBuffer<float>? norm in new[]
                 {
                     weights.InputNorm, weights.QueryNorm, weights.KeyNorm, weights.AttentionSubNorm, weights.PreMlpNorm, weights.FfnSubNorm, weights.PostMlpNorm,
                 })
        {
            image = Put<float>(norm!.Span, image);
        }
    }

    /// <returns>What is behind it.</returns>
    private static Span<byte> Put<T>(ReadOnlySpan<T> data, Span<byte> image)
        where T : unmanaged
    {
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(data);
        bytes.CopyTo(image);
        return image[(int)Aligned(bytes.Length)..];
    }

    private static Span<byte> Put(uint[] words, Span<byte> image) => Put<uint>(words, image);

    private static long Aligned(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;
}
