using System.Runtime.Intrinsics;

namespace Tritter.Inference.Kernels;

/// <summary>
/// Absolute-maximum quantisation of one token's activations to int8 (arXiv:2402.17764, equation 3):
/// <c>s = 127 / max(max|x|, 1e-5)</c>, <c>q = round_half_even(x * s)</c>.
/// </summary>
internal static unsafe class Quantize
{
    private const float Smallest = 1e-5f;

    /// <param name="q">[n], from -127 to 127.</param>
    /// <param name="sum">Sum of <paramref name="q"/>.</param>
    /// <returns>The step: x is about q * step.</returns>
    public static float ToInt8(float* x, sbyte* q, int n, out int sum) =>
        FloatVectors.AreFast ? Vector(x, q, n, out sum) : Scalar(x, q, n, out sum);

    public static float Scalar(float* x, sbyte* q, int n, out int sum)
    {
        float max = 0;
        for (int i = 0; i < n; i++)
        {
            max = MathF.Max(max, MathF.Abs(x[i]));
        }

        max = MathF.Max(max, Smallest);
        float scale = 127f / max;
        sum = 0;
        for (int i = 0; i < n; i++)
        {
            // |x * scale| is at most 127 and a rounding error, so no value rounds past 127.
            int value = (int)MathF.Round(x[i] * scale, MidpointRounding.ToEven);
            q[i] = (sbyte)value;
            sum += value;
        }

        return max / 127f;
    }

    public static float Vector(float* x, sbyte* q, int n, out int sum)
    {
        if (n % Lanes.Count != 0)
        {
            return Scalar(x, q, n, out sum);
        }

        Vector512<float> maxima = default;
        for (int i = 0; i < n; i += Lanes.Count)
        {
            maxima = Vector512.MaxNative(maxima, Vector512.Abs(Vector512.Load(x + i)));
        }

        float max = MathF.Max(Lanes.Max(maxima), Smallest);
        Vector512<float> scale = Vector512.Create(127f / max);
        Vector512<int> sums = default;
        for (int i = 0; i < n; i += Lanes.Count)
        {
            Vector512<int> value = Vector512.ConvertToInt32Native(Vector512.Round(Vector512.Load(x + i) * scale));
            sums += value;
            Vector256<short> narrow = Vector256.Narrow(value.GetLower(), value.GetUpper());
            Vector128.Narrow(narrow.GetLower(), narrow.GetUpper()).Store(q + i);
        }

        sum = Vector512.Sum(sums);
        return max / 127f;
    }

    /// <summary>Largest |q| for which a sum over <paramref name="n"/> products with int8 stays within 32 bits.</summary>
    public static int MaxMagnitude(int n) => Math.Min(short.MaxValue, int.MaxValue / 128 / n);

    /// <summary>Rounds to 16-bit whole numbers as large as an exact 32-bit sum of <paramref name="n"/> products with int8 allows.</summary>
    /// <param name="q">[n].</param>
    /// <returns>The step: x is about q * step.</returns>
    public static float ToInt16(float* x, short* q, int n) => FloatVectors.AreFast ? VectorInt16(x, q, n) : ScalarInt16(x, q, n);

    public static float ScalarInt16(float* x, short* q, int n)
    {
        float max = Smallest;
        for (int i = 0; i < n; i++)
        {
            max = MathF.Max(max, MathF.Abs(x[i]));
        }

        float magnitude = MaxMagnitude(n);
        float scale = magnitude / max;
        for (int i = 0; i < n; i++)
        {
            // The product may exceed the magnitude by a rounding error; 16 bits at full range must not wrap.
            q[i] = (short)MathF.Min(MathF.Round(x[i] * scale, MidpointRounding.ToEven), magnitude);
        }

        return max / magnitude;
    }

    public static float VectorInt16(float* x, short* q, int n)
    {
        if (n % Lanes.Count != 0)
        {
            return ScalarInt16(x, q, n);
        }

        Vector512<float> maxima = Vector512.Create(Smallest);
        for (int i = 0; i < n; i += Lanes.Count)
        {
            maxima = Vector512.MaxNative(maxima, Vector512.Abs(Vector512.Load(x + i)));
        }

        float max = Lanes.Max(maxima);
        float magnitude = MaxMagnitude(n);
        Vector512<float> scale = Vector512.Create(magnitude / max);
        Vector512<float> limit = Vector512.Create(magnitude);
        for (int i = 0; i < n; i += Lanes.Count)
        {
            Vector512<int> value = Vector512.ConvertToInt32Native(Vector512.MinNative(Vector512.Round(Vector512.Load(x + i) * scale), limit));
            Vector256.Narrow(value.GetLower(), value.GetUpper()).Store(q + i);
        }

        return max / magnitude;
    }
}
