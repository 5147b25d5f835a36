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
            maxima = Vector512.Max(maxima, Vector512.Abs(Vector512.Load(x + i)));
        }

        float max = MathF.Max(Lanes.Max(maxima), Smallest);
        Vector512<float> scale = Vector512.Create(127f / max);
        Vector512<int> sums = default;
        for (int i = 0; i < n; i += Lanes.Count)
        {
            Vector512<int> value = Vector512.ConvertToInt32(Vector512.Round(Vector512.Load(x + i) * scale));
            sums += value;
            Vector256<short> narrow = Vector256.Narrow(value.GetLower(), value.GetUpper());
            Vector128.Narrow(narrow.GetLower(), narrow.GetUpper()).Store(q + i);
        }

        sum = Vector512.Sum(sums);
        return max / 127f;
    }
}
