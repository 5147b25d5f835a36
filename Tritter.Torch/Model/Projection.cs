using static TorchSharp.torch;

namespace Tritter.Torch.Model;

/// <summary>A product with one matrix, or with several one below the other, and what an adapter adds to it; forward and backward.</summary>
/// <param name="parts">Target and number of rows of each matrix, from the top down.</param>
internal readonly struct Projection(LowRankAdapter? adapter, int layer, params (string Target, long Rows)[] parts)
{
    /// <param name="x">[T, in].</param>
    /// <param name="w">[out, in]; disposed, so that no more than one layer's matrices are unpacked at a time.</param>
    public Tensor Forward(Tensor x, Tensor w)
    {
        Tensor y;
        using (w)
        {
            y = x.matmul(w.t());
        }

        if (adapter is null)
        {
            return y;
        }

        using var scope = NewDisposeScope();
        long row = 0;
        foreach ((string target, long rows) in parts)
        {
            if (adapter.Of(target, layer) is { } pair)
            {
                y.narrow(1, row, rows).add_(x.matmul(pair.A.t().to(x.dtype)).matmul(pair.B.t().to(x.dtype)), adapter.Scale);
            }

            row += rows;
        }

        return y;
    }

    /// <summary>The gradient of x; those of the adapter are added to <paramref name="gradients"/>.</summary>
    /// <param name="w">[out, in]; disposed.</param>
    public Tensor Backward(Tensor dy, Tensor x, Tensor w, LowRankAdapter? gradients)
    {
        Tensor dx;
        using (w)
        {
            dx = dy.matmul(w);
        }

        if (adapter is null || gradients is null)
        {
            return dx;
        }

        using var scope = NewDisposeScope();
        long row = 0;
        foreach ((string target, long rows) in parts)
        {
            if (adapter.Of(target, layer) is { } pair && gradients.Of(target, layer) is { } gradient)
            {
                Tensor part = dy.narrow(1, row, rows);
                Tensor back = part.matmul(pair.B.to(x.dtype));
                gradient.B.add_(part.t().matmul(x.matmul(pair.A.t().to(x.dtype))), adapter.Scale);
                gradient.A.add_(back.t().matmul(x), adapter.Scale);
                dx.add_(back.matmul(pair.A.to(x.dtype)), adapter.Scale);
            }

            row += rows;
        }

        return dx;
    }
}
