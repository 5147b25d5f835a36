using System.Runtime.Intrinsics;

namespace Tritter.Inference.Kernels;

/// <summary>
/// Rotary position embedding, rotate-half form (arXiv:2104.09864): pair (i, i + d/2) turns by <c>position * theta^(-2i/d)</c>.
/// </summary>
/// <remarks>
/// Powers, sines and cosines are computed here, not by the C library, whose last bit differs between processors.
/// The angle is rounded to float first, as the training code did.
/// </remarks>
internal sealed unsafe class Rope
{
    private readonly float[] _inverseFrequencies;

    public Rope(int headDim, float theta)
    {
        HeadDim = headDim;
        _inverseFrequencies = new float[headDim / 2];
        for (int i = 0; i < _inverseFrequencies.Length; i++)
        {
            _inverseFrequencies[i] = (float)PortableMath.Exp(-2.0 * i / headDim * PortableMath.Log(theta));
        }
    }

    public int HeadDim { get; }

    /// <summary>[headDim / 2]: what a position is multiplied with.</summary>
    public ReadOnlySpan<float> InverseFrequencies => _inverseFrequencies;

    /// <summary>Writes [headDim / 2] cosines and as many sines of a position.</summary>
    public void Angles(int position, float* cos, float* sin)
    {
        for (int i = 0; i < _inverseFrequencies.Length; i++)
        {
            (sin[i], cos[i]) = SinCos(position * _inverseFrequencies[i]);
        }
    }

    /// <summary>Rotates one head [headDim] in place.</summary>
    public static void Rotate(float* head, float* cos, float* sin, int headDim)
    {
        int half = headDim / 2;
        int i = 0;
        for (; FloatVectors.AreFast && i + Lanes.Count <= half; i += Lanes.Count)
        {
            Vector512<float> a = Vector512.Load(head + i);
            Vector512<float> b = Vector512.Load(head + i + half);
            (a * Vector512.Load(cos + i) - b * Vector512.Load(sin + i)).Store(head + i);
            (b * Vector512.Load(cos + i) + a * Vector512.Load(sin + i)).Store(head + i + half);
        }

        for (; i < half; i++)
        {
            float a = head[i];
            float b = head[i + half];
            head[i] = a * cos[i] - b * sin[i];
            head[i + half] = b * cos[i] + a * sin[i];
        }
    }

    /// <summary>Sine and cosine of an angle from 0 up, correct to the last float bit but for rare ties.</summary>
    internal static (float Sin, float Cos) SinCos(float angle)
    {
        // Reduction to [-pi/4, pi/4] with pi/2 in two parts (Cody and Waite); angles stay below 2^24, where the products are exact enough.
        const double HalfPiHigh = 1.5707963267341256;
        const double HalfPiLow = 6.077100506506192e-11;
        double x = angle;
        double turns = Math.Floor(x * (2 / Math.PI) + 0.5);
        double r = x - turns * HalfPiHigh - turns * HalfPiLow;
        double r2 = r * r;
        double sin = r + r * r2 * (-1.0 / 6 + r2 * (1.0 / 120 + r2 * (-1.0 / 5040 + r2 * (1.0 / 362880 + r2 * (-1.0 / 39916800)))));
        double cos = 1 + r2 * (-1.0 / 2 + r2 * (1.0 / 24 + r2 * (-1.0 / 720 + r2 * (1.0 / 40320 + r2 * (-1.0 / 3628800 + r2 * (1.0 / 479001600))))));
        return ((long)turns & 3) switch
        {
            0 => ((float)sin, (float)cos),
            1 => ((float)cos, (float)-sin),
            2 => ((float)-sin, (float)-cos),
            _ => ((float)-cos, (float)sin),
        };
    }
}
