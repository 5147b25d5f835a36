using System.Runtime.Intrinsics;

namespace Tritter.Inference.Kernels;

/// <summary>
/// What an adapter adds to a ternary product: <c>y += B · (A · x)</c> with x the same rounded activations (LoRA, arXiv:2106.09685, equation 3).
/// A's sums are taken in the order of <see cref="Lanes"/> and B's rank by rank, so every path gives the same bits.
/// </summary>
internal static unsafe class LowRank
{
    /// <summary>u = A · x of one token.</summary>
    /// <param name="a">[rank, columns].</param>
    /// <param name="x">[columns] int8; times <paramref name="step"/> they are x.</param>
    /// <param name="u">[rank].</param>
    public static void Down(float* a, int rank, sbyte* x, float step, int columns, float* u)
    {
        if (FloatVectors.AreFast && columns % Lanes.Count == 0)
        {
            DownVector(a, rank, x, step, columns, u);
        }
        else
        {
            DownScalar(a, rank, x, step, columns, u);
        }
    }

    public static void DownScalar(float* a, int rank, sbyte* x, float step, int columns, float* u)
    {
        float* lanes = stackalloc float[Lanes.Count];
        for (int r = 0; r < rank; r++, a += columns)
        {
            new Span<float>(lanes, Lanes.Count).Clear();
            for (int i = 0; i < columns; i++)
            {
                lanes[i % Lanes.Count] += a[i] * x[i];
            }

            u[r] = Lanes.Fold(lanes) * step;
        }
    }

    public static void DownVector(float* a, int rank, sbyte* x, float step, int columns, float* u)
    {
        for (int r = 0; r < rank; r++, a += columns)
        {
            Vector512<float> lanes = default;
            for (int i = 0; i < columns; i += Lanes.Count)
            {
                (Vector128<short> low, Vector128<short> high) = Vector128.Widen(Vector128.Load(x + i));
                (Vector128<int> x0, Vector128<int> x1) = Vector128.Widen(low);
                (Vector128<int> x2, Vector128<int> x3) = Vector128.Widen(high);
                Vector512<int> whole = Vector512.Create(Vector256.Create(x0, x1), Vector256.Create(x2, x3));
                lanes += Vector512.Load(a + i) * Vector512.ConvertToSingle(whole);
            }

            u[r] = Lanes.Fold(lanes) * step;
        }
    }

    /// <summary>y += B · u for a range of rows of one token.</summary>
    /// <param name="b">[rank, rows]: B transposed and scaled.</param>
    /// <param name="y">[rows], changed from <paramref name="first"/> to <paramref name="end"/>.</param>
    public static void Up(float* b, int rank, int rows, float* u, float* y, int first, int end)
    {
        if (FloatVectors.AreFast)
        {
            UpVector(b, rank, rows, u, y, first, end);
        }
        else
        {
            UpScalar(b, rank, rows, u, y, first, end);
        }
    }

    public static void UpScalar(float* b, int rank, int rows, float* u, float* y, int first, int end)
    {
        for (int r = 0; r < rank; r++, b += rows)
        {
            for (int i = first; i < end; i++)
            {
                y[i] += b[i] * u[r];
            }
        }
    }

    public static void UpVector(float* b, int rank, int rows, float* u, float* y, int first, int end)
    {
        int whole = first + (end - first) / Vector256<float>.Count * Vector256<float>.Count;
        for (int i = first; i < whole; i += Vector256<float>.Count)
        {
            Vector256<float> sum = Vector256.Load(y + i);
            float* row = b + i;
            for (int r = 0; r < rank; r++, row += rows)
            {
                sum += Vector256.Load(row) * u[r];
            }

            sum.Store(y + i);
        }

        UpScalar(b, rank, rows, u, y, whole, end);
    }
}
