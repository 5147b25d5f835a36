using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Tritter.Inference.Kernels;

namespace Tritter.Inference.Tests.Kernels;

/// <summary>The vector path against the scalar one, and products of a matrix that is in place against those of one that is laid out.</summary>
public sealed unsafe class TernaryTilesTests
{
    [Theory]
    [InlineData(4)]
    [InlineData(60)]
    [InlineData(64)]
    [InlineData(68)]
    [InlineData(768)]
    [InlineData(2564)]
    public void Vectors_lay_out_a_block_as_the_scalar_path_does(int columns)
    {
        Assert.SkipUnless(Sse2.IsSupported || AdvSimd.Arm64.IsSupported, "no vectors of 128 bits");
        int groups = columns / 4;
        byte[] packed = RandomPacked(64 * groups, seed: columns);
        var expected = new byte[64 * groups];
        var actual = new byte[64 * groups];
        fixed (byte* source = packed, e = expected, a = actual)
        {
            TernaryTiles.LayOutScalar(source, 64, groups, e, 0);
            TernaryTiles.LayOutVectors(source, groups, a);
        }

        Assert.Equal(expected, actual);
    }

    [Theory]
    [InlineData(1, 4)]
    [InlineData(63, 28)]
    [InlineData(64, 128)]
    [InlineData(200, 260)]
    [InlineData(256, 768)]
    public void A_matrix_in_place_has_the_same_weights_and_products(int rows, int columns)
    {
        byte[] packed = RandomPacked(rows * columns / 4, seed: rows);
        using var window = new BlockWindow(columns);
        fixed (byte* _ = packed)
        {
            using TernaryMatrix laidOut = TernaryMatrix.FromRowWise(packed, rows, columns, 0.3f)!;
            using TernaryMatrix inPlace = TernaryMatrix.InPlace(packed, rows, columns, 0.3f)!;
            Assert.False(laidOut.IsInPlace);
            Assert.True(inPlace.IsInPlace);
            for (int r = 0; r < rows; r++)
            {
                for (int c = 0; c < columns; c++)
                {
                    Assert.Equal(laidOut[r, c], inPlace[r, c]);
                }
            }

            foreach (int tokens in new[] { 1, 2, 7 })
            {
                using TernaryProblem problem = TernaryProblem.Random(tokens, rows, columns);
                var expected = new float[tokens * rows];
                var actual = new float[tokens * rows];
                fixed (float* e = expected, a = actual)
                {
                    TernaryMatMul.Multiply(laidOut, problem.Activations, e, 0, laidOut.Blocks);
                    window.Multiply(inPlace, problem.Activations, a, 0, inPlace.Blocks);
                }

                Bits.AssertEqual(expected, actual, $"{tokens} tokens");
            }
        }
    }

    [Fact]
    public void The_code_3_is_refused_in_place()
    {
        byte[] packed = RandomPacked(64, seed: 1);
        packed[17] |= 0b1100;
        Assert.Null(TernaryMatrix.InPlace(packed, 64, 4, 1));
    }

    private static byte[] RandomPacked(int length, int seed) => Tritter.Inference.Model.RandomWeights.Packed(length, 4, new Random(seed));
}
