using Tritter.Inference.Kernels;

namespace Tritter.Inference.Model;

/// <summary>What a token becomes before the first layer: a matrix [vocab, hidden] as the file stores it, read row by row in the mapping.</summary>
/// <param name="rows">The first row; somebody else owns it.</param>
/// <param name="scales">[vocab] for <see cref="RowFormat.I8"/>, else null; owned.</param>
internal sealed unsafe class EmbeddingRows(RowFormat format, byte* rows, AlignedBuffer<float>? scales, int hidden) : IDisposable
{
    private readonly long _stride = format.BytesOf(hidden);

    /// <summary>A tensor [vocab, hidden] of F32, F16 or BF16, in the mapping of its file.</summary>
    /// <exception cref="ModelFormatException">It is missing or has another type or shape.</exception>
    public static EmbeddingRows Map(SafetensorsFile file, string name, ModelConfig config)
    {
        (RowFormat format, TensorType type) = file.TypeOf(name) switch
        {
            TensorType.F32 => (RowFormat.F32, TensorType.F32),
            TensorType.F16 => (RowFormat.F16, TensorType.F16),
            _ => (RowFormat.BF16, TensorType.BF16),
        };
        // The mapping outlives this pointer: the model closes both.
        fixed (byte* rows = file.Bytes(name, type, config.VocabSize, config.HiddenSize))
        {
            return new EmbeddingRows(format, rows, null, config.HiddenSize);
        }
    }

    /// <summary>Writes a token's row.</summary>
    /// <param name="x">[hidden].</param>
    public void Read(int token, float* x) => format.Decode(rows + token * _stride, scales is null ? 1 : scales.Pointer[token], x, hidden);

    /// <summary>The rows themselves as an output matrix; null unless they are int8.</summary>
    public OutputHead? AsHead() => format == RowFormat.I8 ? new OutputHead((sbyte*)rows, scales!.Pointer) : null;

    public void Dispose() => scales?.Dispose();
}
