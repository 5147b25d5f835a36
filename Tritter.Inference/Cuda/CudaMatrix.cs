using Tritter.Inference.Kernels;

namespace Tritter.Inference.Cuda;

/// <summary>
/// Ternary matrices of one input, their rows below each other, on a device: rows of pieces of 16 bytes, four words of 16 codes value + 1, of which bits
/// 2 i of byte b are column 4 i + b. A lane so gets four columns at a time by shifting and masking, for one row (dp4a) as for sixteen (tensor cores).
/// </summary>
/// <param name="Pointer">Somebody else owns the memory.</param>
internal readonly record struct CudaMatrix(nint Pointer, int Rows, int Columns)
{
    /// <summary>Columns of a piece.</summary>
    public const int PieceColumns = 64;

    /// <summary>Words of a piece.</summary>
    private const int PieceWords = 4;

    /// <summary>Sixteen zeros.</summary>
    private const uint ZeroWord = 0x5555_5555;

    /// <summary>Pieces of a row, the last one filled up with zeros.</summary>
    public int Pieces => PiecesOf(Columns);

    public static int PiecesOf(int columns) => (columns + PieceColumns - 1) / PieceColumns;

    public static long BytesOf(int rows, int columns) => (long)rows * PiecesOf(columns) * PieceWords * sizeof(uint);

    /// <summary>Words of one matrix below the other.</summary>
    public static uint[] Stack(params ReadOnlySpan<TernaryMatrix> matrices)
    {
        int rows = 0;
        foreach (TernaryMatrix m in matrices)
        {
            rows += m.Rows;
        }

        var words = new uint[(long)rows * PiecesOf(matrices[0].Columns) * PieceWords];
        int first = 0;
        foreach (TernaryMatrix m in matrices)
        {
            Fill(m, words, first, 1);
            first += m.Rows;
        }

        return words;
    }

    /// <summary>Words with row r of both next to each other: 2 r and 2 r + 1.</summary>
    public static uint[] Interleave(TernaryMatrix even, TernaryMatrix odd)
    {
        var words = new uint[2L * even.Rows * PiecesOf(even.Columns) * PieceWords];
        Fill(even, words, 0, 2);
        Fill(odd, words, 1, 2);
        return words;
    }

    private static unsafe void Fill(TernaryMatrix matrix, uint[] words, int first, int step)
    {
        int groups = matrix.Columns / TernaryMatrix.GroupColumns, width = PiecesOf(matrix.Columns) * PieceWords;
        Parallel.For(0, matrix.Blocks, block =>
        {
            byte* tiles = matrix.Block(block);
            int end = Math.Min(TernaryMatrix.BlockRows, matrix.Rows - block * TernaryMatrix.BlockRows);
            for (int r = 0; r < end; r++)
            {
                // Byte 4 (r % 16) + c of a group's 64 has the row's codes in bits 2 (r / 16).
                byte* tile = tiles + r % 16 * 4;
                int plane = r / 16 * 2;
                long to = (first + (long)step * (block * TernaryMatrix.BlockRows + r)) * width;
                for (int w = 0; w < width; w++)
                {
                    uint word = ZeroWord;
                    for (int i = 0; i < 4 && 4 * w + i < groups; i++)
                    {
                        uint codes = (*(uint*)(tile + (4L * w + i) * TernaryMatrix.BlockRows) >> plane) & 0x0303_0303;
                        word = (word & ~(0x0303_0303u << (2 * i))) | (codes << (2 * i));
                    }

                    words[to + w] = word;
                }
            }
        });
    }
}
