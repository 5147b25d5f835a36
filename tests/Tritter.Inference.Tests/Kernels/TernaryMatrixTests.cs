using Tritter.Inference.Kernels;

namespace Tritter.Inference.Tests.Kernels;

/// <summary>The layout that kernels read, against the file's packing taken apart naively.</summary>
public sealed class TernaryMatrixTests
{
    public static TheoryData<int, int> Shapes => new MatrixTheoryData<int, int>([1, 2, 7, 16, 17, 63, 64, 65, 127, 128, 200], [4, 8, 28, 128]);

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Every_weight_is_where_the_file_has_it(int rows, int columns)
    {
        byte[] packed = RandomPacked(rows * columns / 4, seed: rows);
        using TernaryMatrix matrix = TernaryMatrix.FromRowWise(packed, rows, columns, 1)!;
        for (int r = 0; r < rows; r++)
        {
            for (int c = 0; c < columns; c++)
            {
                int code = (packed[(r * columns + c) / 4] >> (2 * (c % 4))) & 3;
                Assert.Equal(code - 1, matrix[r, c]);
            }
        }
    }

    [Fact]
    public void The_last_block_is_filled_up_with_zeros()
    {
        byte[] packed = Enumerable.Repeat((byte)0b10_10_10_10, 65 * 2).ToArray();
        using TernaryMatrix matrix = TernaryMatrix.FromRowWise(packed, 65, 8, 1)!;
        Assert.Equal(2, matrix.Blocks);
        Assert.Equal(2 * 2 * 64, matrix.ByteLength);
        Assert.All(Enumerable.Range(65, 63), row => Assert.Equal(0, matrix[row, 7]));
        Assert.Equal(1, matrix[64, 7]);
    }

    [Fact]
    public void The_code_3_is_found_wherever_it_is()
    {
        // 1 to 19 bytes: whole 64-bit words and tails of every length.
        for (int length = 1; length < 20; length++)
        {
            for (int place = 0; place < length * 4; place++)
            {
                byte[] packed = RandomPacked(length, seed: place);
                packed[place / 4] |= (byte)(3 << (2 * (place % 4)));
                Assert.Null(TernaryMatrix.FromRowWise(packed, length, 4, 1));
                Assert.Null(TernaryMatrix.FromRowWise(packed, 1, length * 4, 1));
            }
        }
    }

    [Fact]
    public void Neighbouring_codes_1_and_2_are_no_3()
    {
        foreach (byte pattern in new byte[] { 0b10_01_10_01, 0b01_10_01_10, 0b10_10_10_10, 0b01_01_01_01 })
        {
            using TernaryMatrix? matrix = TernaryMatrix.FromRowWise(Enumerable.Repeat(pattern, 19).ToArray(), 19, 4, 1);
            Assert.Equal((pattern & 3) - 1, matrix?[18, 0]);
        }
    }

    [Theory]
    [InlineData(3, 4, 2)]
    [InlineData(3, 4, 4)]
    [InlineData(1, 6, 1)]
    public void Bytes_that_do_not_fit_the_shape_are_refused(int rows, int columns, int bytes) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => TernaryMatrix.FromRowWise(new byte[bytes], rows, columns, 1));

    private static byte[] RandomPacked(int length, int seed)
    {
        var random = new Random(seed);
        int Code() => random.Next(3);
        return Enumerable.Range(0, length).Select(_ => (byte)(Code() | Code() << 2 | Code() << 4 | Code() << 6)).ToArray();
    }
}
