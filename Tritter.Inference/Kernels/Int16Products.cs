using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Tritter.Inference.Kernels;

/// <summary>Exact whole-number products for the attention over int8 keys and values, on whatever the processor has.</summary>
internal static unsafe class Int16Products
{
    /// <summary>32 bytes as 16-bit numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<short> Widen(sbyte* bytes)
    {
        if (Avx512BW.IsSupported)
        {
            return Avx512BW.ConvertToVector512Int16(Vector256.Load(bytes));
        }

        if (Avx2.IsSupported)
        {
            return Vector512.Create(Avx2.ConvertToVector256Int16(Vector128.Load(bytes)), Avx2.ConvertToVector256Int16(Vector128.Load(bytes + 16)));
        }

        (Vector256<short> low, Vector256<short> high) = Vector256.Widen(Vector256.Load(bytes));
        return Vector512.Create(low, high);
    }

    /// <summary>16 sums of two neighbouring products each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Pairs(Vector512<short> a, Vector512<short> b)
    {
        if (Avx512BW.IsSupported)
        {
            return Avx512BW.MultiplyAddAdjacent(a, b);
        }

        if (Avx2.IsSupported)
        {
            return Vector512.Create(Avx2.MultiplyAddAdjacent(a.GetLower(), b.GetLower()), Avx2.MultiplyAddAdjacent(a.GetUpper(), b.GetUpper()));
        }

        return Vector512.Create(
            Vector256.Create(Pairs(a.GetLower().GetLower(), b.GetLower().GetLower()), Pairs(a.GetLower().GetUpper(), b.GetLower().GetUpper())),
            Vector256.Create(Pairs(a.GetUpper().GetLower(), b.GetUpper().GetLower()), Pairs(a.GetUpper().GetUpper(), b.GetUpper().GetUpper())));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Pairs(Vector128<short> a, Vector128<short> b)
    {
        if (AdvSimd.Arm64.IsSupported)
        {
            return AdvSimd.Arm64.AddPairwise(AdvSimd.MultiplyWideningLower(a.GetLower(), b.GetLower()), AdvSimd.MultiplyWideningUpper(a, b));
        }

        (Vector128<int> aLow, Vector128<int> aHigh) = Vector128.Widen(a);
        (Vector128<int> bLow, Vector128<int> bHigh) = Vector128.Widen(b);
        Vector128<int> low = aLow * bLow;
        Vector128<int> high = aHigh * bHigh;
        return Vector128.Create(low[0] + low[1], low[2] + low[3], high[0] + high[1], high[2] + high[3]);
    }
}
