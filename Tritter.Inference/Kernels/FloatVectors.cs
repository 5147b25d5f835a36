using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace Tritter.Inference.Kernels;

/// <summary>Whether the float kernels' 16-lane code pays on this processor.</summary>
internal static class FloatVectors
{
    /// <summary>
    /// 16 lanes are one AVX-512 register, two of AVX2 or four of Arm's. Where the fused multiply-add is missing (SSE), their emulation is
    /// slower than scalar code, which gives the same bits.
    /// </summary>
    public static bool AreFast => Vector256.IsHardwareAccelerated || AdvSimd.IsSupported;
}
