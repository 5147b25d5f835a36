namespace Tritter.Inference.Kernels;

/// <summary>
/// Logarithm and exponential from additions, multiplications and divisions alone, which IEEE 754 rounds the same way everywhere: the C
/// library's differ in their last bit between processors and systems. Within 4e-15 of the true value, relatively; not made for speed.
/// </summary>
internal static class PortableMath
{
    private const double Ln2High = 0.6931471803691238;
    private const double Ln2Low = 1.9082149292705877e-10;

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
        double n = Math.Round(x * 1.4426950408889634, MidpointRounding.ToEven);
        double r = x - n * Ln2High - n * Ln2Low;
        // Taylor to r^14, innermost term first; |r| is at most ln 2 / 2.
        double sum = 1;
        for (int i = 14; i >= 1; i--)
        {
            sum = 1 + sum * r / i;
        }

        return Math.ScaleB(sum, (int)n);
    }
}
