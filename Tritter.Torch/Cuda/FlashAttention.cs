using System.Globalization;
using TorchSharp;
using Tritter.Torch.Model;
using static TorchSharp.torch;

namespace Tritter.Torch.Cuda;

/// <summary>
/// libtorch's flash attention for texts of different lengths that lie one after another, with a window. TorchSharp does not name these
/// operations, so a script does. Whole numbers go there by value; a fraction would be an object that may be collected during the call.
/// </summary>
internal sealed class FlashAttention(double scale)
{
    private const string Source = """
        def forward(q, k, v, starts, longest: int, window: int):
            w: Optional[int] = None
            r: Optional[int] = None
            if window > 0:
                w = window
                r = 0
            out, lse, state, unused, mask = torch._flash_attention_forward(q, k, v, starts, starts, longest, longest, 0.0, True, False, scale=SCALE, window_size_left=w, window_size_right=r)
            return out, lse, state, unused

        def backward(d, q, k, v, out, lse, starts, longest: int, state, unused, window: int):
            w: Optional[int] = None
            r: Optional[int] = None
            if window > 0:
                w = window
                r = 0
            dq, dk, dv = torch._flash_attention_backward(d, q, k, v, out, lse, starts, starts, longest, longest, 0.0, True, state, unused, scale=SCALE, window_size_left=w, window_size_right=r)
            return dq, dk, dv

        """;

    private readonly jit.CompilationUnit _script = jit.compile(Source.Replace("SCALE", scale.ToString("R", CultureInfo.InvariantCulture), StringComparison.Ordinal));

    public IAttention Attend(Tensor query, Tensor key, Tensor value, Batch batch, int window)
    {
        // The window counts the token itself, flash attention only what is left of it.
        int left = window < batch.MaxLength ? window - 1 : 0;
        var results = (ValueTuple<Tensor, Tensor, Tensor, Tensor>)Tuple(_script.invoke("forward", query, key, value, batch.Starts, batch.MaxLength, left), 4);
        return new Attended(this, query, key, value, batch, left, results);
    }

    private static object Tuple(object result, int count)
    {
        Tensor[] tensors = result switch
        {
            ValueTuple<Tensor, Tensor, Tensor, Tensor> t => [t.Item1, t.Item2, t.Item3, t.Item4],
            ValueTuple<Tensor, Tensor, Tensor> t => [t.Item1, t.Item2, t.Item3],
            Tensor[] t => t,
            IReadOnlyList<Tensor> t => [.. t],
            object[] t => [.. t.Cast<Tensor>()],
            _ => throw new NotSupportedException($"flash attention answered {result.GetType()}"),
        };
        return count == 4 ? (tensors[0], tensors[1], tensors[2], tensors[3]) : (tensors[0], tensors[1], tensors[2]);
    }

    private sealed class Attended(FlashAttention owner, Tensor query, Tensor key, Tensor value, Batch batch, int left, (Tensor Out, Tensor Lse, Tensor State, Tensor Unused) kept) : IAttention
    {
        public Tensor Output => kept.Out;

        public (Tensor Query, Tensor Key, Tensor Value) Backward(Tensor gradient) =>
            (ValueTuple<Tensor, Tensor, Tensor>)Tuple(owner._script.invoke("backward", gradient, query, key, value, kept.Out, kept.Lse, batch.Starts, batch.MaxLength, kept.State, kept.Unused, left), 3);
    }
}
