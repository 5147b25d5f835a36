using Tritter.Inference.Kernels;

namespace Tritter.Inference.Tests.Kernels;

public sealed unsafe class LowRankTests
{
    [Theory]
    [InlineData(1, 16, 1)]
    [InlineData(2, 7, 7)]
    [InlineData(7, 64, 16)]
    [InlineData(16, 768, 128)]
    [InlineData(3, 2560, 769)]
    public void Vector_MatchesScalarToTheBit_AndThePlainFormula(int rank, int columns, int rows)
    {
        var random = new Random(rank + columns);
        float[] a = [.. Enumerable.Range(0, rank * columns).Select(_ => random.NextSingle() - 0.5f)];
        float[] b = [.. Enumerable.Range(0, rank * rows).Select(_ => random.NextSingle() - 0.5f)];
        sbyte[] x = [.. Enumerable.Range(0, columns).Select(_ => (sbyte)random.Next(-127, 128))];
        float[] y = [.. Enumerable.Range(0, rows).Select(_ => random.NextSingle())];
        const float step = 0.01f;
        float[] u = new float[rank];
        float[] v = new float[rank];
        float[] scalar = [.. y];
        float[] vector = [.. y];
        fixed (float* pa = a, pb = b, pu = u, pv = v, ps = scalar, py = vector)
        fixed (sbyte* px = x)
        {
            LowRank.DownScalar(pa, rank, px, step, columns, pu);
            LowRank.Down(pa, rank, px, step, columns, pv);
            Assert.Equal(u, v);
            LowRank.UpScalar(pb, rank, rows, pu, ps, 0, rows);
            // In two ranges, as two workers do it.
            LowRank.UpVector(pb, rank, rows, pu, py, 0, rows / 3);
            LowRank.UpVector(pb, rank, rows, pu, py, rows / 3, rows);
            Assert.Equal(scalar, vector);
        }

        for (int i = 0; i < rows; i++)
        {
            double sum = y[i];
            for (int r = 0; r < rank; r++)
            {
                double reduced = 0;
                for (int c = 0; c < columns; c++)
                {
                    reduced += (double)a[r * columns + c] * x[c] * step;
                }

                sum += b[r * rows + i] * reduced;
            }

            Assert.Equal(sum, scalar[i], 1e-4 * rank + 1e-5 * columns);
        }
    }
}
