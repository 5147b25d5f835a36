using System.Runtime.Intrinsics;

namespace Tritter.Inference.Kernels;

/// <summary>
/// Logarithm and exponential from additions, multiplications and divisions alone, which IEEE 754 rounds the same way everywhere: the C
/// library's differ in their last bit between processors and systems. Within 4e-15 of the true value, relatively; made for speed only where there are many.
/// </summary>
internal static class PortableMath
{
    private const double Log2E = 1.4426950408889634;
    private const double Ln2High = 0.6931471803691238;
    private const double Ln2Low = 1.9082149292705877e-10;

    /// <summary>Of the exponential's Taylor series.</summary>
    private const int Terms = 14;

    /// <summary>The natural logarithm of a finite number above 0; exactly 0 for 1.</summary>
    public static double Log(double x)
    {
        int exponent = Math.ILogB(x);
        double m = Math.ScaleB(x, -exponent);
        if (m > 1.4142135623730951)
        {
            m /= 2;
            exponent++;
        }

        // log m = 2 artanh s, and |s| is at most 0.172: after 12 terms of the series nothing is left that a double could hold.
        double s = (m - 1) / (m + 1);
        double sum = 0;
        for (int power = 23; power >= 1; power -= 2)
        {
            sum = sum * (s * s) + 1.0 / power;
        }

        return exponent * Ln2High + (exponent * Ln2Low + 2 * s * sum);
    }

    /// <summary>e to the power of <paramref name="x"/>, which lies between -700 and 700.</summary>
    public static double Exp(double x)
    {
        double n = Math.Round(x * Log2E, MidpointRounding.ToEven);
        double r = x - n * Ln2High - n * Ln2Low;
        // Taylor to r^14, innermost term first; |r| is at most ln 2 / 2.
        double sum = 1;
        for (int i = Terms; i >= 1; i--)
        {
            sum = 1 + sum * r / i;
        }

        return Math.ScaleB(sum, (int)n);
    }

    /// <summary>Replaces each number by e to the power of it, with the bits of <see cref="Exp(double)"/>.</summary>
    public static void Exp(Span<double> x)
    {
        if (Vector256.IsHardwareAccelerated)
        {
            ExpVector(x);
        }
        else
        {
            ExpScalar(x);
        }
    }

    public static void ExpScalar(Span<double> x)
    {
        foreach (ref double value in x)
        {
            value = Exp(value);
        }
    }

    public static void ExpVector(Span<double> x)
    {
        int i = 0;
        for (; i <= x.Length - Vector256<double>.Count; i += Vector256<double>.Count)
        {
            Exp(Vector256.Create<double>(x[i..])).CopyTo(x[i..]);
        }

        ExpScalar(x[i..]);
    }

    private static Vector256<double> Exp(Vector256<double> x)
    {
        Vector256<double> n = Vector256.Round(x * Log2E);
        Vector256<double> r = x - n * Ln2High - n * Ln2Low;
        Vector256<double> sum = Vector256<double>.One;
        for (int i = Terms; i >= 1; i--)
        {
            sum = Vector256<double>.One + sum * r / Vector256.Create((double)i);
        }

        // Behind this number's whole part the last bits are n's own. A power of two of this size is a double of its own, and multiplying with it does not round.
        Vector256<long> exponent = (n + Vector256.Create(6755399441055744.0)).AsInt64() + Vector256.Create(1023L);
        return sum * (exponent << 52).AsDouble();
    }
}
