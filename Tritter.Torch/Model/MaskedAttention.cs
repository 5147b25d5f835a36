using Tritter.Inference.Model;
using static TorchSharp.torch;

namespace Tritter.Torch.Model;

/// <summary>Attention document by document with a mask, softmax and all: slow, plain, and right on every device.</summary>
internal sealed class MaskedAttention : IAttention
{
    private readonly ModelConfig _config;
    private readonly Batch _batch;
    private readonly Tensor _query;
    private readonly Tensor _key;
    private readonly Tensor _value;
    private readonly int _window;

    public MaskedAttention(Tensor query, Tensor key, Tensor value, Batch batch, int window, ModelConfig config)
    {
        (_config, _batch, _query, _key, _value, _window) = (config, batch, query, key, value, window);
        // Probabilities are computed again for the gradient: kept, they would be most of a step's memory.
        using var scope = NewDisposeScope();
        var parts = new List<Tensor>();
        int start = 0;
        foreach (int length in batch.Lengths)
        {
            parts.Add(Probabilities(start, length).matmul(Wide(value, start, length)).transpose(0, 1));
            start += length;
        }

        Output = cat(parts, 0).to(query.dtype).contiguous().MoveToOuterDisposeScope();
    }

    public Tensor Output { get; }

    public (Tensor Query, Tensor Key, Tensor Value) Backward(Tensor gradient)
    {
        var dq = new List<Tensor>();
        var dk = new List<Tensor>();
        var dv = new List<Tensor>();
        int start = 0;
        foreach (int length in _batch.Lengths)
        {
            Tensor p = Probabilities(start, length);
            Tensor d = gradient.narrow(0, start, length).to(ScalarType.Float32).transpose(0, 1);
            dv.Add(Narrow(p.transpose(1, 2).matmul(d)));
            Tensor dp = d.matmul(Wide(_value, start, length).transpose(1, 2));
            Tensor ds = p * (dp - (dp * p).sum(-1, keepdim: true)) * _config.AttentionScale;
            dq.Add(ds.matmul(Wide(_key, start, length)).transpose(0, 1));
            dk.Add(Narrow(ds.transpose(1, 2).matmul(Wide(_query, start, length))));
            start += length;
        }

        return (cat(dq, 0).to(_query.dtype), cat(dk, 0).to(_query.dtype), cat(dv, 0).to(_query.dtype));
    }

    /// <summary>[heads, length, length].</summary>
    private Tensor Probabilities(int start, int length)
    {
        Tensor scores = Wide(_query, start, length).matmul(Wide(_key, start, length).transpose(1, 2)) * _config.AttentionScale;
        Tensor at = arange(length, device: _query.device);
        Tensor distance = at.unsqueeze(1) - at.unsqueeze(0);
        Tensor hidden = distance.lt(0).logical_or(distance.ge(_window));
        return scores.masked_fill(hidden, float.NegativeInfinity).softmax(-1);
    }

    /// <summary>[heads, length, head size] in float32; keys and values repeated for each query head that reads them.</summary>
    private Tensor Wide(Tensor x, int start, int length)
    {
        Tensor heads = x.narrow(0, start, length).to(ScalarType.Float32).transpose(0, 1);
        return heads.shape[0] == _config.Heads ? heads : heads.repeat_interleave(_config.Heads / _config.KvHeads, 0);
    }

    /// <summary>Sums what the query heads of one key head gave: [length, key heads, head size].</summary>
    private Tensor Narrow(Tensor x) => x.view(_config.KvHeads, _config.Heads / _config.KvHeads, x.shape[1], x.shape[2]).sum(1).transpose(0, 1);
}
