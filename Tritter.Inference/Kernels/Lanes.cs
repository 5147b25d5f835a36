using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tritter.Inference.Kernels;

/// <summary>
/// The order in which floats are summed everywhere: element i goes to lane i mod 16, and the 16 lanes are folded in halves.
/// One fixed order makes AVX-512, AVX2, Arm and scalar code give the same bits.
/// </summary>
internal static unsafe class Lanes
{
    public const int Count = 16;

    /// <summary>Folds 16 lanes: l and l + 8, then l and l + 4, l + 2, l + 1.</summary>
    public static float Fold(float* lanes)
    {
        for (int half = Count / 2; half > 0; half /= 2)
        {
            for (int l = 0; l < half; l++)
            {
                lanes[l] += lanes[l + half];
            }
        }

        return lanes[0];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Fold(Vector512<float> lanes)
    {
        Vector256<float> eight = lanes.GetLower() + lanes.GetUpper();
        Vector128<float> four = eight.GetLower() + eight.GetUpper();
        float low = four[0] + four[2];
        float high = four[1] + four[3];
        return low + high;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Max(Vector512<float> lanes)
    {
        Vector256<float> eight = Vector256.MaxNative(lanes.GetLower(), lanes.GetUpper());
        Vector128<float> four = Vector128.MaxNative(eight.GetLower(), eight.GetUpper());
        return MathF.Max(MathF.Max(four[0], four[1]), MathF.Max(four[2], four[3]));
    }
}
