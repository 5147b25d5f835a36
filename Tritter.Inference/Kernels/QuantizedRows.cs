namespace Tritter.Inference.Kernels;

/// <summary>Activations of some tokens as int8: element = value * step.</summary>
/// <param name="values">[tokens, columns], each from -127 to 127.</param>
/// <param name="steps">[tokens]: max|x| / 127 of the token.</param>
/// <param name="sums">[tokens]: sum of the token's int8 values.</param>
internal readonly unsafe struct QuantizedRows(sbyte* values, float* steps, int* sums, int tokens, int columns)
{
    public readonly float* Steps = steps;
    public readonly int* Sums = sums;
    public readonly int Tokens = tokens;
    public readonly int Columns = columns;

    public sbyte* Row(int token) => values + (long)token * Columns;
}
