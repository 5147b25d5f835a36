using System.Runtime.InteropServices;

namespace Tritter.Inference.Kernels;

/// <summary>
/// A matrix of -1, 0 and +1 with one scale, in the layout that the kernels read.
/// </summary>
/// <remarks>
/// Rows come in blocks of 64 (the last one filled up with zeros), columns in groups of 4. One group of one block is 64 bytes:
/// byte <c>4 * r + c</c> holds, in bits <c>2p</c>, row <c>16 p + r</c>, column <c>c</c> of the group, stored as value + 1.
/// So one 64-byte load and two-bit shifts give four registers of 16 rows x 4 columns, which one broadcast of four
/// activations multiplies, and each 32-bit lane sums one row: no horizontal sums, no shuffles.
/// </remarks>
internal sealed unsafe class TernaryMatrix : IDisposable
{
    public const int BlockRows = 64;
    public const int GroupColumns = 4;

    /// <summary>Four zeros (stored as 1) in one byte.</summary>
    private const byte ZeroByte = 0b01_01_01_01;

    private readonly WeightMemory? _own;
    private readonly byte* _tiles;

    private TernaryMatrix(int rows, int columns, float scale, WeightMemory? memory)
    {
        Rows = rows;
        Columns = columns;
        Scale = scale;
        _own = memory is null ? new WeightMemory(ByteLength) : null;
        _tiles = (memory ?? _own!).Take(ByteLength);
    }

    public int Rows { get; }

    public int Columns { get; }

    /// <summary>Gamma: what a weight of +1 stands for.</summary>
    public float Scale { get; }

    /// <summary>[rows]: what a sum of a row is multiplied with and, behind that, what is added to it; null where <see cref="Scale"/> is all.</summary>
    public AlignedBuffer<float>? RowScales { get; private set; }

    /// <summary>[rows]; null together with <see cref="RowScales"/>.</summary>
    public AlignedBuffer<float>? RowBiases { get; private set; }

    public int Blocks => (Rows + BlockRows - 1) / BlockRows;

    /// <summary>Bytes of one block: 64 for each group of four columns.</summary>
    public int BlockBytes => Columns / GroupColumns * BlockRows;

    /// <summary>Bytes held in memory, filling included.</summary>
    public long ByteLength => BytesOf(Rows, Columns);

    /// <summary>The first byte of a block's tiles.</summary>
    public byte* Block(int block) => _tiles + (long)block * BlockBytes;

    /// <summary>Bytes that a matrix of this size takes in memory.</summary>
    public static long BytesOf(int rows, int columns) => (rows + BlockRows - 1L) / BlockRows * BlockRows * (columns / GroupColumns);

    /// <summary>Lays out the file's row-wise packing: byte <c>j / 4</c> of a row holds column <c>j</c> in bits <c>2 (j % 4)</c>, value + 1.</summary>
    /// <param name="packed">[rows, columns / 4].</param>
    /// <param name="memory">Where to put it; null for memory of its own.</param>
    /// <returns>Null when some weight has the code 3, which no value has.</returns>
    public static TernaryMatrix? FromRowWise(ReadOnlySpan<byte> packed, int rows, int columns, float scale, WeightMemory? memory = null)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(columns % GroupColumns, 0);
        int groups = columns / GroupColumns;
        ArgumentOutOfRangeException.ThrowIfNotEqual(packed.Length, rows * groups);
        if (HasInvalidCode(packed))
        {
            return null;
        }

        var matrix = new TernaryMatrix(rows, columns, scale, memory);
        for (int block = 0; block < matrix.Blocks; block++)
        {
            matrix.FillBlock(block, packed, groups);
        }

        return matrix;
    }

    /// <summary>The weight at a place: -1, 0 or +1. For tests and inspection; kernels read the tiles.</summary>
    public int this[int row, int column]
    {
        get
        {
            int inBlock = row % BlockRows;
            byte tile = Block(row / BlockRows)[column / GroupColumns * BlockRows + inBlock % 16 * 4 + column % GroupColumns];
            return ((tile >> (inBlock / 16 * 2)) & 3) - 1;
        }
    }

    /// <summary>Gives every row a scale and a bias of its own. The matrix disposes of them.</summary>
    public void SetRows(AlignedBuffer<float> scales, AlignedBuffer<float> biases) => (RowScales, RowBiases) = (scales, biases);

    public void Dispose()
    {
        RowScales?.Dispose();
        RowBiases?.Dispose();
        _own?.Dispose();
    }

    private static bool HasInvalidCode(ReadOnlySpan<byte> packed)
    {
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(packed);
        ulong both = 0;
        foreach (ulong word in words)
        {
            both |= word & (word >> 1) & 0x5555_5555_5555_5555;
        }

        foreach (byte b in packed[(words.Length * 8)..])
        {
            both |= b & ((ulong)b >> 1) & 0x55;
        }

        return both != 0;
    }

    private void FillBlock(int block, ReadOnlySpan<byte> packed, int groups)
    {
        uint* tiles = (uint*)Block(block);
        fixed (byte* source = packed)
        {
            for (int r = 0; r < 16; r++)
            {
                int row = block * BlockRows + r;
                for (int g = 0; g < groups; g++)
                {
                    uint word = 0;
                    for (int p = 3; p >= 0; p--)
                    {
                        int planeRow = row + 16 * p;
                        word = (word << 8) | (planeRow < Rows ? source[(long)planeRow * groups + g] : ZeroByte);
                    }

                    tiles[g * 16 + r] = TransposeCodes(word);
                }
            }
        }
    }

    /// <summary>Byte p, code c becomes byte c, code p: the transposition of a 4 x 4 matrix of two-bit codes by two rounds of swaps.</summary>
    private static uint TransposeCodes(uint x)
    {
        uint swap = (x ^ (x >> 6)) & 0x00CC_00CC;
        x ^= swap ^ (swap << 6);
        swap = (x ^ (x >> 12)) & 0x0000_F0F0;
        return x ^ swap ^ (swap << 12);
    }
}
