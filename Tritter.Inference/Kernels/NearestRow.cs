namespace Tritter.Inference.Kernels;

/// <summary>
/// Turns products of a vector with the embedding's rows into scores by which the nearest row is the largest: a model that predicts the next
/// token's embedding is decoded so. The vector's own length is left out, since it changes no order.
/// </summary>
internal static unsafe class NearestRow
{
    /// <summary>The sum of squares of each row.</summary>
    /// <param name="rows">[vocab, columns] int8.</param>
    /// <param name="scales">[vocab].</param>
    public static AlignedBuffer<float> Squares(sbyte* rows, float* scales, int vocab, int columns)
    {
        var squares = new AlignedBuffer<float>(vocab);
        for (int v = 0; v < vocab; v++)
        {
            long sum = 0;
            sbyte* row = rows + (long)v * columns;
            for (int i = 0; i < columns; i++)
            {
                sum += row[i] * row[i];
            }

            squares.Pointer[v] = (float)(sum * ((double)scales[v] * scales[v]));
        }

        return squares;
    }

    /// <summary><c>x · e / |e|</c>: the cosine times |x|. A row of zeros is as far as one at a right angle.</summary>
    /// <param name="scores">[vocab] products, of which first to end are changed.</param>
    public static void Cosine(float* scores, float* squares, int first, int end)
    {
        for (int v = first; v < end; v++)
        {
            scores[v] = squares[v] > 0 ? scores[v] / MathF.Sqrt(squares[v]) : 0;
        }
    }

    /// <summary><c>2 x · e - |e|²</c>: |x|² less the squared distance.</summary>
    /// <param name="scores">[vocab] products, of which first to end are changed.</param>
    public static void Distance(float* scores, float* squares, int first, int end)
    {
        for (int v = first; v < end; v++)
        {
            scores[v] = 2 * scores[v] - squares[v];
        }
    }
}
