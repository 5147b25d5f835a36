using System.Runtime.Intrinsics;

namespace Tritter.Inference.Kernels;

/// <summary><c>y = relu(gate)² * up</c> (squared ReLU: arXiv:2109.08668; gating: arXiv:2002.05202), element by element.</summary>
internal static unsafe class GatedRelu
{
    /// <param name="y">[n]; may be <paramref name="gate"/> or <paramref name="up"/>.</param>
    public static void Apply(float* gate, float* up, float* y, int n)
    {
        int i = 0;
        if (FloatVectors.AreFast)
        {
            for (; i + Lanes.Count <= n; i += Lanes.Count)
            {
                Vector512<float> g = Vector512.MaxNative(Vector512.Load(gate + i), Vector512<float>.Zero);
                (g * g * Vector512.Load(up + i)).Store(y + i);
            }
        }

        for (; i < n; i++)
        {
            float g = MathF.Max(gate[i], 0);
            y[i] = g * g * up[i];
        }
    }
}
