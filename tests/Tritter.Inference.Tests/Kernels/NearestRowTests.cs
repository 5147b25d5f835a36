using Tritter.Inference.Kernels;
using Tritter.Inference.Sampling;

namespace Tritter.Inference.Tests.Kernels;

public sealed unsafe class NearestRowTests
{
    // Rows (3, 4), (10, 0), (0, 1), (0, 0) and the vector (1, 1). Products: 7, 10, 1, 0. Cosines times the root of 2: 7/5, 1, 1, 0.
    // Squared distances: 4 + 9, 81 + 1, 1, 2. So each way of choosing takes another row.
    private static readonly sbyte[] _rows = [3, 4, 10, 0, 0, 1, 0, 0];

    [Fact]
    public void TheNearestRowIsThatByAngleOrByDistanceAndNotThatOfTheLargestProduct()
    {
        float[] products = [7, 10, 1, 0];

        Assert.Equal(1, Sampler.Greedy(products));
        Assert.Equal(0, Sampler.Greedy(Scores(products, NearestRow.Cosine)));
        Assert.Equal(2, Sampler.Greedy(Scores(products, NearestRow.Distance)));
    }

    [Fact]
    public void ScoresAreThoseOfTheFormulas()
    {
        float[] products = [7, 10, 1, 0];

        Assert.Equal([1.4f, 1, 1, 0], Scores(products, NearestRow.Cosine));
        // |x|² less the squared distance: 2 - 13, 2 - 82, 2 - 1, 2 - 2.
        Assert.Equal([-11, -80, 1, 0], Scores(products, NearestRow.Distance));
    }

    [Fact]
    public void ARowsScaleCounts()
    {
        fixed (sbyte* rows = _rows)
        fixed (float* scales = (float[])[2, 0.5f, 1, 1])
        {
            using AlignedBuffer<float> squares = NearestRow.Squares(rows, scales, 4, 2);

            Assert.Equal([100, 25, 1, 0], new ReadOnlySpan<float>(squares.Pointer, 4).ToArray());
        }
    }

    private delegate void Score(float* scores, float* squares, int first, int end);

    /// <summary>In two parts, as two workers do it.</summary>
    private static float[] Scores(float[] products, Score score)
    {
        float[] scores = [.. products];
        fixed (sbyte* rows = _rows)
        fixed (float* scales = (float[])[1, 1, 1, 1])
        fixed (float* s = scores)
        {
            using AlignedBuffer<float> squares = NearestRow.Squares(rows, scales, 4, 2);
            score(s, squares.Pointer, 0, 2);
            score(s, squares.Pointer, 2, 4);
        }

        return scores;
    }
}
