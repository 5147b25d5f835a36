using Tritter.Inference.Kernels;
using Tritter.Inference.Model;

namespace Tritter.Inference.Cuda;

/// <summary>What a weight of +1 stands for in each matrix of a layer.</summary>
internal readonly record struct LayerScales(float Query, float Key, float Value, float Output, float Gate, float Up, float Down);

/// <summary>One block's weights on a device: one piece of memory, in the order in which decoding reads it.</summary>
internal sealed class CudaLayer : IDisposable
{
    /// <summary>Of every part.</summary>
    private const int Alignment = 256;

    private readonly CudaBuffer _memory;

    public CudaLayer(CudaDevice device, ModelConfig config, LayerWeights weights)
    {
        Attention = weights.Attention;
        Scales = new LayerScales(weights.Query.Scale, weights.Key.Scale, weights.Value.Scale, weights.Output.Scale, weights.Gate.Scale, weights.Up.Scale, weights.Down.Scale);
        _memory = device.Allocate(BytesOf(config));
        nint next = _memory.Pointer;
        try
        {
            InputNorm = Norm(weights.InputNorm);
            QueryKeyValue = Matrix(CudaMatrix.Stack(weights.Query, weights.Key, weights.Value), config.QuerySize + 2 * config.KvSize, config.HiddenSize);
            QueryNorm = Norm(weights.QueryNorm!);
            KeyNorm = Norm(weights.KeyNorm!);
            AttentionNorm = Norm(weights.AttentionSubNorm!);
            Output = Matrix(CudaMatrix.Stack(weights.Output), config.HiddenSize, config.QuerySize);
            MlpNorm = Norm(weights.PreMlpNorm!);
            GateUp = Matrix(CudaMatrix.Interleave(weights.Gate, weights.Up), 2 * config.IntermediateSize, config.HiddenSize);
            GatedNorm = Norm(weights.FfnSubNorm!);
            Down = Matrix(CudaMatrix.Stack(weights.Down), config.HiddenSize, config.IntermediateSize);
            PostNorm = Norm(weights.PostMlpNorm!);
        }
        catch
        {
            Dispose();
            throw;
        }

        nint Put<T>(ReadOnlySpan<T> data)
            where T : unmanaged
        {
            nint at = next;
            device.Upload(data, at);
            next += (nint)Aligned(data.Length * (long)System.Runtime.CompilerServices.Unsafe.SizeOf<T>());
            return at;
        }

        nint Norm(AlignedBuffer<float> norm) => Put<float>(norm.Span);

        CudaMatrix Matrix(uint[] words, int rows, int columns) => new(Put<uint>(words), rows, columns);
    }

    public LayerAttention Attention { get; }

    public LayerScales Scales { get; }

    public nint InputNorm { get; }

    public CudaMatrix QueryKeyValue { get; }

    public nint QueryNorm { get; }

    public nint KeyNorm { get; }

    public nint AttentionNorm { get; }

    public CudaMatrix Output { get; }

    public nint MlpNorm { get; }

    public CudaMatrix GateUp { get; }

    public nint GatedNorm { get; }

    public CudaMatrix Down { get; }

    public nint PostNorm { get; }

    public static long BytesOf(ModelConfig config) =>
        Aligned(CudaMatrix.BytesOf(config.QuerySize + 2 * config.KvSize, config.HiddenSize)) + Aligned(CudaMatrix.BytesOf(config.HiddenSize, config.QuerySize))
        + Aligned(CudaMatrix.BytesOf(2 * config.IntermediateSize, config.HiddenSize)) + Aligned(CudaMatrix.BytesOf(config.HiddenSize, config.IntermediateSize))
        + 3 * Aligned(sizeof(float) * (long)config.HiddenSize) + 2 * Aligned(sizeof(float) * (long)config.HeadDim)
        + Aligned(sizeof(float) * (long)config.QuerySize) + Aligned(sizeof(float) * (long)config.IntermediateSize);

    public void Dispose() => _memory.Dispose();

    private static long Aligned(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;
}
