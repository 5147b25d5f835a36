namespace Tritter.Inference.Kernels;

/// <summary>Final hidden states of some tokens as 16-bit whole numbers: element = value * step. See <see cref="Quantize.ToInt16"/>.</summary>
/// <param name="values">[tokens, columns].</param>
/// <param name="steps">[tokens].</param>
internal readonly unsafe struct RoundedRows(short* values, float* steps, int tokens, int columns)
{
    public readonly float* Steps = steps;
    public readonly int Tokens = tokens;
    public readonly int Columns = columns;

    public short* Row(int token) => values + (long)token * Columns;
}
