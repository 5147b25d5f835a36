using Tritter.Inference.Kernels;

namespace Tritter.Inference.Tests.Kernels;

/// <summary>A ternary matrix and activations to multiply it with, and the product in long arithmetic.</summary>
internal sealed unsafe class TernaryProblem : IDisposable
{
    private readonly int[] _weights;
    private readonly AlignedBuffer<sbyte> _values;
    private readonly AlignedBuffer<float> _steps;
    private readonly AlignedBuffer<int> _sums;

    /// <param name="weight">-1, 0 or +1 at (row, column).</param>
    /// <param name="activation">-127 to 127 at (token, column).</param>
    public TernaryProblem(int tokens, int rows, int columns, Func<int, int, int> weight, Func<int, int, int> activation)
    {
        (Tokens, Rows, Columns) = (tokens, rows, columns);
        _weights = new int[rows * columns];
        var packed = new byte[rows * columns / 4];
        for (int i = 0; i < _weights.Length; i++)
        {
            _weights[i] = weight(i / columns, i % columns);
            packed[i / 4] |= (byte)((_weights[i] + 1) << (2 * (i % 4)));
        }

        Matrix = TernaryMatrix.FromRowWise(packed, rows, columns, 0.0213f)!;
        _values = new AlignedBuffer<sbyte>((long)tokens * columns);
        _steps = new AlignedBuffer<float>(tokens);
        _sums = new AlignedBuffer<int>(tokens);
        for (int t = 0; t < tokens; t++)
        {
            _steps.Span[t] = 0.01f + t * 0.003f;
            for (int c = 0; c < columns; c++)
            {
                _values.Span[t * columns + c] = (sbyte)activation(t, c);
                _sums.Span[t] += activation(t, c);
            }
        }
    }

    public static TernaryProblem Random(int tokens, int rows, int columns)
    {
        var random = new Random(HashCode(tokens, rows, columns));
        var weights = new int[rows * columns];
        var activations = new int[tokens * columns];
        foreach (ref int w in weights.AsSpan())
        {
            w = random.Next(3) - 1;
        }

        foreach (ref int a in activations.AsSpan())
        {
            a = random.Next(-127, 128);
        }

        return new TernaryProblem(tokens, rows, columns, (r, c) => weights[r * columns + c], (t, c) => activations[t * columns + c]);
    }

    public int Tokens { get; }

    public int Rows { get; }

    public int Columns { get; }

    public TernaryMatrix Matrix { get; }

    public QuantizedRows Activations => new(_values.Pointer, _steps.Pointer, _sums.Pointer, Tokens, Columns);

    /// <summary>[tokens, rows]: whole sums in 64 bits, then one multiplication by both scales.</summary>
    public float[] Product()
    {
        var y = new float[Tokens * Rows];
        for (int t = 0; t < Tokens; t++)
        {
            ReadOnlySpan<sbyte> activations = _values.Span.Slice(t * Columns, Columns);
            for (int r = 0; r < Rows; r++)
            {
                ReadOnlySpan<int> weights = _weights.AsSpan(r * Columns, Columns);
                long sum = 0;
                for (int c = 0; c < weights.Length; c++)
                {
                    sum += weights[c] * activations[c];
                }

                y[t * Rows + r] = sum * (Matrix.Scale * _steps.Span[t]);
            }
        }

        return y;
    }

    public override string ToString() => $"{Tokens} tokens, {Rows} x {Columns}";

    public void Dispose()
    {
        Matrix.Dispose();
        _values.Dispose();
        _steps.Dispose();
        _sums.Dispose();
    }

    private static int HashCode(int tokens, int rows, int columns) => (tokens * 31 + rows) * 31 + columns;
}
