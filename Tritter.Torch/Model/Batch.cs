using Tritter.Inference.Model;
using static TorchSharp.torch;

namespace Tritter.Torch.Model;

/// <summary>Documents one after another on a device, with all that a pass needs to know of them.</summary>
public sealed class Batch : IDisposable
{
    /// <param name="tokens">Ids of all documents.</param>
    /// <param name="targets">The id that should follow each token; anything where the weight is 0.</param>
    /// <param name="weights">Weight of each token's loss.</param>
    /// <param name="lengths">Tokens of each document; they add up to the tokens.</param>
    public Batch(ModelConfig config, int[] tokens, int[] targets, float[] weights, IReadOnlyList<int> lengths, Device device)
    {
        Lengths = lengths;
        Count = tokens.Length;
        WeightSum = weights.Sum(w => (double)w);
        MaxLength = lengths.Max();
        var positions = new int[tokens.Length];
        var starts = new int[lengths.Count + 1];
        for (int d = 0, at = 0; d < lengths.Count; d++)
        {
            for (int i = 0; i < lengths[d]; i++)
            {
                positions[at++] = i;
            }

            starts[d + 1] = at;
        }

        Tokens = On(tensor(tokens), device);
        Targets = On(tensor(targets), device);
        Weights = On(tensor(weights), device);
        Positions = On(tensor(positions), device);
        Starts = On(tensor(starts), device);
        (Cos, Sin) = RopeTables.For(config, device);
    }

    public int Count { get; }
    public int MaxLength { get; }
    public double WeightSum { get; }
    public IReadOnlyList<int> Lengths { get; }

    /// <summary>int32 [T], as are targets and positions.</summary>
    public Tensor Tokens { get; }
    public Tensor Targets { get; }
    public Tensor Weights { get; }
    public Tensor Positions { get; }

    /// <summary>int32 [documents + 1]: where each document begins, and the end.</summary>
    public Tensor Starts { get; }

    /// <summary>float32 [positions, head size / 2].</summary>
    public Tensor Cos { get; }
    public Tensor Sin { get; }

    public void Dispose()
    {
        Tokens.Dispose();
        Targets.Dispose();
        Weights.Dispose();
        Positions.Dispose();
        Starts.Dispose();
    }

    private static Tensor On(Tensor tensor, Device device)
    {
        using Tensor source = tensor;
        return source.to(device, copy: true).DetachFromDisposeScope();
    }
}

/// <summary>Cosines and sines of every position that is trained; made once for a model and device.</summary>
internal static class RopeTables
{
    private const int Positions = 8192;
    private static readonly Dictionary<(float, int, string), (Tensor, Tensor)> _tables = [];
    private static readonly Lock _lock = new();

    public static (Tensor Cos, Tensor Sin) For(ModelConfig config, Device device)
    {
        lock (_lock)
        {
            (float RopeTheta, int HeadDim, string) key = (config.RopeTheta, config.HeadDim, device.ToString());
            if (!_tables.TryGetValue(key, out (Tensor, Tensor) table))
            {
                using var _ = NewDisposeScope();
                Tensor inverse = 1.0 / pow(tensor(config.RopeTheta), arange(0, config.HeadDim, 2, ScalarType.Float32) / config.HeadDim);
                Tensor angles = outer(arange(0, Positions, ScalarType.Float32), inverse);
                table = (angles.cos().to(device, copy: true).DetachFromDisposeScope(), angles.sin().to(device, copy: true).DetachFromDisposeScope());
                _tables[key] = table;
            }

            return table;
        }
    }
}
