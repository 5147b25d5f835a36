using System.Runtime.Intrinsics;

namespace Tritter.Inference.Kernels;

/// <summary>The residual stream's addition.</summary>
internal static unsafe class Residual
{
    /// <summary>x += y, element by element.</summary>
    public static void Add(float* x, float* y, int n)
    {
        int i = 0;
        if (FloatVectors.AreFast)
        {
            for (; i + Lanes.Count <= n; i += Lanes.Count)
            {
                (Vector512.Load(x + i) + Vector512.Load(y + i)).Store(x + i);
            }
        }

        for (; i < n; i++)
        {
            x[i] += y[i];
        }
    }
}
