using System.Runtime.Intrinsics;

namespace Tritter.Inference.Kernels;

/// <summary><c>y = x / sqrt(mean(x²) + epsilon) * weight</c> (arXiv:1910.07467).</summary>
internal static unsafe class RmsNorm
{
    /// <param name="y">[n]; may be <paramref name="x"/> itself.</param>
    public static void Normalize(float* x, float* weight, float* y, int n, float epsilon)
    {
        if (FloatVectors.AreFast)
        {
            Vector(x, weight, y, n, epsilon);
        }
        else
        {
            Scalar(x, weight, y, n, epsilon);
        }
    }

    public static void Scalar(float* x, float* weight, float* y, int n, float epsilon)
    {
        float* lanes = stackalloc float[Lanes.Count];
        new Span<float>(lanes, Lanes.Count).Clear();
        for (int i = 0; i < n; i++)
        {
            lanes[i % Lanes.Count] += x[i] * x[i];
        }

        float inverse = 1f / MathF.Sqrt(Lanes.Fold(lanes) / n + epsilon);
        for (int i = 0; i < n; i++)
        {
            y[i] = x[i] * inverse * weight[i];
        }
    }

    public static void Vector(float* x, float* weight, float* y, int n, float epsilon)
    {
        if (n % Lanes.Count != 0)
        {
            Scalar(x, weight, y, n, epsilon);
            return;
        }

        Vector512<float> lanes = default;
        for (int i = 0; i < n; i += Lanes.Count)
        {
            Vector512<float> v = Vector512.Load(x + i);
            lanes += v * v;
        }

        Vector512<float> inverse = Vector512.Create(1f / MathF.Sqrt(Lanes.Fold(lanes) / n + epsilon));
        for (int i = 0; i < n; i += Lanes.Count)
        {
            (Vector512.Load(x + i) * inverse * Vector512.Load(weight + i)).Store(y + i);
        }
    }
}
