namespace Tritter.Inference.Model.Gguf;

/// <summary>Element types of GGUF tensors that Tritter reads, with ggml's numbers.</summary>
internal enum GgufType
{
    F32 = 0,
    F16 = 1,
    Q8_0 = 8,
    Q6_K = 14,
    BF16 = 30,

    /// <summary>Ternary, 1.69 bits: blocks of 256, five codes a byte.</summary>
    TQ1_0 = 34,

    /// <summary>Ternary, 2.06 bits: blocks of 256, four codes a byte.</summary>
    TQ2_0 = 35,

    /// <summary>Ternary, bitnet.cpp's: four codes a byte and one scale behind the whole tensor.</summary>
    I2_S = 36,
}

internal static class GgufTypes
{
    /// <summary>Bytes of a tensor; -1 when its rows are not whole blocks.</summary>
    public static long BytesOf(this GgufType type, long rows, long columns) => type switch
    {
        GgufType.TQ1_0 => columns % 256 == 0 ? checked(rows * columns / 256 * 54) : -1,
        GgufType.TQ2_0 => columns % 256 == 0 ? checked(rows * columns / 256 * 66) : -1,
        GgufType.I2_S => checked(rows * columns) % 128 == 0 ? rows * columns / 4 + 32 : -1,
        _ => columns % type.Plain()!.Value.Granularity() == 0 ? checked(rows * type.Plain()!.Value.BytesOf(columns)) : -1,
    };

    /// <summary>The format of rows that are not ternary; null for the ternary types.</summary>
    public static RowFormat? Plain(this GgufType type) => type switch
    {
        GgufType.F32 => RowFormat.F32,
        GgufType.F16 => RowFormat.F16,
        GgufType.BF16 => RowFormat.BF16,
        GgufType.Q8_0 => RowFormat.Q8_0,
        GgufType.Q6_K => RowFormat.Q6_K,
        _ => null,
    };
}
