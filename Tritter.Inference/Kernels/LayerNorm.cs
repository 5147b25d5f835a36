using System.Runtime.Intrinsics;

namespace Tritter.Inference.Kernels;

/// <summary><c>y = (x - mean) / sqrt(var + epsilon) * weight</c>, population variance, no bias (arXiv:1607.06450).</summary>
internal static unsafe class LayerNorm
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
            lanes[i % Lanes.Count] += x[i];
        }

        float mean = Lanes.Fold(lanes) / n;
        new Span<float>(lanes, Lanes.Count).Clear();
        for (int i = 0; i < n; i++)
        {
            float d = x[i] - mean;
            lanes[i % Lanes.Count] += d * d;
        }

        float inverse = 1f / MathF.Sqrt(Lanes.Fold(lanes) / n + epsilon);
        for (int i = 0; i < n; i++)
        {
            y[i] = (x[i] - mean) * inverse * weight[i];
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
            lanes += Vector512.Load(x + i);
        }

        float mean = Lanes.Fold(lanes) / n;
        Vector512<float> means = Vector512.Create(mean);
        lanes = default;
        for (int i = 0; i < n; i += Lanes.Count)
        {
            Vector512<float> d = Vector512.Load(x + i) - means;
            lanes += d * d;
        }

        Vector512<float> inverse = Vector512.Create(1f / MathF.Sqrt(Lanes.Fold(lanes) / n + epsilon));
        for (int i = 0; i < n; i += Lanes.Count)
        {
            ((Vector512.Load(x + i) - means) * inverse * Vector512.Load(weight + i)).Store(y + i);
        }
    }
}
