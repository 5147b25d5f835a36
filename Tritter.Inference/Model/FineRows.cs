using Tritter.Inference.Kernels;

namespace Tritter.Inference.Model;

/// <summary>
/// What rounding activations to int8 leaves over, rounded to int8 once more: together 15 bits, for a model that was not trained with rounded
/// activations. Its matrices are multiplied twice.
/// </summary>
internal sealed unsafe class FineRows : IDisposable
{
    private readonly AlignedBuffer<sbyte> _values; // [rows, widest]
    private readonly AlignedBuffer<float> _steps;  // [rows]
    private readonly AlignedBuffer<int> _sums;     // [rows]
    private readonly AlignedBuffer<float> _product; // [workers, widest]; rows are no fewer than workers
    private readonly int _widest;
    private int _width;

    public FineRows(int rows, int widest)
    {
        _widest = widest;
        _values = new((long)rows * widest);
        _steps = new(rows);
        _sums = new(rows);
        _product = new((long)rows * widest);
    }

    /// <summary>Bytes of all buffers.</summary>
    public long ByteLength => _values.ByteLength + _steps.ByteLength + _sums.ByteLength + _product.ByteLength;

    /// <summary>Keeps what is left of a row.</summary>
    /// <param name="x">[columns], overwritten.</param>
    /// <param name="rounded">With the row as int8.</param>
    public void Take(float* x, in QuantizedRows rounded, int row)
    {
        int columns = rounded.Columns;
        sbyte* values = rounded.Row(row);
        float step = rounded.Steps[row];
        for (int i = 0; i < columns; i++)
        {
            x[i] -= values[i] * step;
        }

        _width = columns;
        _steps.Pointer[row] = Quantize.ToInt8(x, _values.Pointer + (long)row * columns, columns, out _sums.Pointer[row]);
    }

    /// <summary>Adds the product of the rest to that of the rounded rows.</summary>
    /// <remarks>Token by token, since other workers may be at another matrix of the same input.</remarks>
    /// <param name="row">Of the first token.</param>
    /// <param name="y">[tokens, the matrix's rows].</param>
    public void Add(int worker, TernaryMatrix weights, int tokens, int row, float* y, int firstBlock, int endBlock)
    {
        float* product = _product.Pointer + (long)worker * _widest;
        int first = Math.Min(firstBlock * TernaryMatrix.BlockRows, weights.Rows), end = Math.Min(endBlock * TernaryMatrix.BlockRows, weights.Rows);
        for (int t = 0; t < tokens; t++)
        {
            var rest = new QuantizedRows(_values.Pointer + (long)(row + t) * _width, _steps.Pointer + row + t, _sums.Pointer + row + t, 1, _width);
            TernaryMatMul.Multiply(weights, rest, product, firstBlock, endBlock);
            Residual.Add(y + (long)t * weights.Rows + first, product + first, end - first);
        }
    }

    public void Dispose()
    {
        _values.Dispose();
        _steps.Dispose();
        _sums.Dispose();
        _product.Dispose();
    }
}
