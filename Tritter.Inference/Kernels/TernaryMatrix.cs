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

    private readonly WeightMemory? _own;
    private readonly byte* _packed;
    private byte* _tiles;

    private TernaryMatrix(int rows, int columns, float scale, byte* packed)
    {
        (Rows, Columns, Scale) = (rows, columns, scale);
        _packed = packed;
    }

    private TernaryMatrix(int rows, int columns, float scale, WeightMemory? memory)
        : this(rows, columns, scale, packed: null)
    {
        _own = memory is null ? new WeightMemory(ByteLength) : null;
        _tiles = (memory ?? _own!).Take(ByteLength);
    }

    public int Rows { get; private set; }

    public int Columns { get; private set; }

    /// <summary>Gamma: what a weight of +1 stands for.</summary>
    public float Scale { get; private set; }

    /// <summary>[rows]: what a sum of a row is multiplied with and, behind that, what is added to it; null where <see cref="Scale"/> is all.</summary>
    public AlignedBuffer<float>? RowScales { get; private set; }

    /// <summary>[rows]; null together with <see cref="RowScales"/>.</summary>
    public AlignedBuffer<float>? RowBiases { get; private set; }

    public int Blocks => (Rows + BlockRows - 1) / BlockRows;

    /// <summary>Bytes of one block: 64 for each group of four columns.</summary>
    public int BlockBytes => Columns / GroupColumns * BlockRows;

    /// <summary>Bytes of all blocks as the kernels read them, filling included.</summary>
    public long ByteLength => BytesOf(Rows, Columns);

    /// <summary>Whether the weights stand where they were packed, in no memory of the matrix: kernels read a block of them through a <see cref="BlockWindow"/>.</summary>
    public bool IsInPlace => _packed != null;

    /// <summary>[rows, columns / 4] of a matrix that is in place.</summary>
    public ReadOnlySpan<byte> Packed => new(_packed, _packed == null ? 0 : Rows * (Columns / GroupColumns));

    /// <summary>The first byte of a block's tiles; not of a matrix that is in place.</summary>
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
        if (TernaryTiles.HasInvalidCode(packed))
        {
            return null;
        }

        var matrix = new TernaryMatrix(rows, columns, scale, memory);
        fixed (byte* source = packed)
        {
            for (int block = 0; block < matrix.Blocks; block++)
            {
                matrix.LayOut(source, block, matrix.Block(block));
            }
        }

        return matrix;
    }

    /// <summary>A matrix that stays as <see cref="FromRowWise"/> takes it.</summary>
    /// <param name="packed">[rows, columns / 4], where it stays as long as the matrix is used.</param>
    /// <returns>Null when some weight has the code 3, which no value has.</returns>
    public static TernaryMatrix? InPlace(ReadOnlySpan<byte> packed, int rows, int columns, float scale)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(columns % GroupColumns, 0);
        ArgumentOutOfRangeException.ThrowIfNotEqual(packed.Length, rows * (columns / GroupColumns));
        fixed (byte* source = packed)
        {
            return TernaryTiles.HasInvalidCode(packed) ? null : new TernaryMatrix(rows, columns, scale, source);
        }
    }

    /// <summary>A matrix that shows one block of others: see <see cref="Show"/>.</summary>
    public static TernaryMatrix Window() => new(0, 0, 0, packed: null);

    /// <summary>Lays out a block of a matrix that is in place, and becomes that matrix as far as this block goes.</summary>
    /// <param name="tiles">Room for the block.</param>
    public void Show(TernaryMatrix matrix, int block, byte* tiles)
    {
        (Rows, Columns, Scale) = (matrix.Rows, matrix.Columns, matrix.Scale);
        matrix.LayOut(matrix._packed, block, tiles);
        // Where block 0 would be: only the block that is there is ever read.
        _tiles = tiles - (long)block * BlockBytes;
    }

    /// <summary>The weight at a place: -1, 0 or +1. For tests and inspection; kernels read the tiles.</summary>
    public int this[int row, int column]
    {
        get
        {
            if (IsInPlace)
            {
                return ((_packed[(long)row * (Columns / GroupColumns) + column / GroupColumns] >> (column % GroupColumns * 2)) & 3) - 1;
            }

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

    private void LayOut(byte* packed, int block, byte* tiles)
    {
        int first = block * BlockRows, groups = Columns / GroupColumns;
        TernaryTiles.LayOut(packed + (long)first * groups, Math.Min(BlockRows, Rows - first), groups, tiles);
    }
}
