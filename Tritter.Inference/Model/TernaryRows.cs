namespace Tritter.Inference.Model;

/// <summary>Ternary matrices in the packing of our own files, made of what other files hold: byte j / 4 of a row has column j in bits 2 (j % 4), value + 1.</summary>
/// <param name="Packed">[rows, columns / 4].</param>
/// <param name="Scale">What a weight of +1 stands for.</param>
internal readonly record struct TernaryRows(byte[] Packed, float Scale)
{
    /// <summary>Smallest mean that a matrix is divided by, as in training.</summary>
    private const float SmallestMean = 1e-5f;

    /// <summary>
    /// Rounds latent weights by their mean absolute value (arXiv:2402.17764, equations 1 and 2): <c>T = clip(round(W / mean|W|), -1, 1)</c>.
    /// A matrix that has only one absolute value beside zero is ternary already and keeps it.
    /// </summary>
    /// <param name="weights">[rows, columns].</param>
    public static TernaryRows Round(ReadOnlySpan<float> weights, int columns)
    {
        double sum = 0;
        float largest = 0, smallest = float.MaxValue;
        foreach (float w in weights)
        {
            float absolute = MathF.Abs(w);
            sum += absolute;
            largest = MathF.Max(largest, absolute);
            smallest = absolute > 0 ? MathF.Min(smallest, absolute) : smallest;
        }

        bool ternary = largest == smallest;
        float scale = ternary ? largest : MathF.Max((float)(sum / weights.Length), SmallestMean);
        float inverse = 1 / scale;
        var codes = new byte[weights.Length];
        for (int i = 0; i < weights.Length; i++)
        {
            codes[i] = (byte)(Math.Clamp(MathF.Round(weights[i] * inverse, MidpointRounding.ToEven), -1, 1) + 1);
        }

        return new TernaryRows(Pack(codes, columns), scale);
    }

    /// <summary>
    /// Makes latent weights ternary as the original Python library does: +1 above the row's mean absolute value, -1 below its negative, else 0. The mean
    /// is summed in double precision; a weight at the very border may differ from a sum in another order.
    /// </summary>
    /// <param name="weights">[rows, columns].</param>
    /// <returns>[rows, columns / 4]; each row's scale is another tensor.</returns>
    public static byte[] RoundByRow(ReadOnlySpan<float> weights, int columns)
    {
        var codes = new byte[weights.Length];
        for (int start = 0; start < weights.Length; start += columns)
        {
            ReadOnlySpan<float> row = weights.Slice(start, columns);
            double sum = 0;
            foreach (float w in row)
            {
                sum += MathF.Abs(w);
            }

            float threshold = (float)(sum / columns);
            for (int i = 0; i < columns; i++)
            {
                codes[start + i] = (byte)(row[i] > threshold ? 2 : row[i] < -threshold ? 0 : 1);
            }
        }

        return Pack(codes, columns);
    }

    /// <summary>Packs codes value + 1, one a byte.</summary>
    /// <param name="codes">[rows, columns]; columns a multiple of four.</param>
    public static byte[] Pack(ReadOnlySpan<byte> codes, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(columns % 4, 0);
        var packed = new byte[codes.Length / 4];
        for (int i = 0; i < packed.Length; i++)
        {
            packed[i] = (byte)(codes[4 * i] | codes[4 * i + 1] << 2 | codes[4 * i + 2] << 4 | codes[4 * i + 3] << 6);
        }

        return packed;
    }

    /// <summary>The packing of Hugging Face's BitNet files: bits 2p of byte [r, c] are row r + p * stride, with a quarter of the rows as the stride.</summary>
    /// <param name="packed">[ceil(rows / 4), columns].</param>
    public static byte[] FromFourRowsAByte(ReadOnlySpan<byte> packed, int rows, int columns)
    {
        int stride = (rows + 3) / 4;
        var codes = new byte[rows * columns];
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<byte> source = packed.Slice(row % stride * columns, columns);
            int shift = row / stride * 2;
            for (int c = 0; c < columns; c++)
            {
                codes[row * columns + c] = (byte)(source[c] >> shift & 3);
            }
        }

        return Pack(codes, columns);
    }
}
