using Tritter.Inference.Kernels;

namespace Tritter.Inference.Model;

/// <summary>What a token becomes before the first layer: a matrix [vocab, hidden] as the file stores it, read row by row in the mapping.</summary>
/// <param name="rows">The first row; somebody else owns it.</param>
/// <param name="scales">[vocab] for <see cref="RowFormat.I8"/>, else null; owned.</param>
internal sealed unsafe class EmbeddingRows(RowFormat format, byte* rows, AlignedBuffer<float>? scales, int hidden) : IDisposable
{
    private readonly long _stride = format.BytesOf(hidden);

    /// <summary>Writes a token's row.</summary>
    /// <param name="x">[hidden].</param>
    public void Read(int token, float* x) => format.Decode(rows + token * _stride, scales is null ? 1 : scales.Pointer[token], x, hidden);

    /// <summary>The rows themselves as an output matrix; null unless they are int8.</summary>
    public OutputHead? AsHead() => format == RowFormat.I8 ? new OutputHead((sbyte*)rows, scales!.Pointer) : null;

    public void Dispose() => scales?.Dispose();
}
