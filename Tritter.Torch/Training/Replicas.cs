using Tritter.Inference.Model;
using Tritter.Torch.Model;
using Tritter.Torch.Packing;
using static TorchSharp.torch;

namespace Tritter.Torch.Training;

/// <summary>
/// The same model on each of several devices. A step's sequences are divided among them, a thread each. Every tensor has one device that
/// owns it: there the gradients of all are summed and the optimiser works, and from there the result is copied to the others, which thus
/// stay equal to the bit. With one device nothing is copied.
/// </summary>
public sealed class Replicas : IDisposable
{
    private readonly Replica[] _replicas;
    private readonly Dictionary<string, int> _owners;
    private readonly ScalarType _type;

    /// <param name="latents">On the first device; trained in place, and left to the caller to dispose.</param>
    /// <param name="kernels">Of each device; disposed with this.</param>
    /// <param name="type">Compute type.</param>
    /// <param name="embeddingLoss">Share of the loss of predicting embeddings, 0 to 1.</param>
    public Replicas(Latents latents, IReadOnlyList<IKernels> kernels, IReadOnlyList<Device> devices, ScalarType type, double embeddingLoss = 0)
    {
        if (devices.Count == 0 || kernels.Count != devices.Count)
        {
            throw new ArgumentException("each device needs its kernels", nameof(kernels));
        }

        _type = type;
        _replicas = [.. devices.Select((device, i) =>
        {
            Latents own = i == 0 ? latents : Latents.From(latents.Config, (name, _) => Of(latents, name).to(device, copy: true));
            return new Replica(device, own, own.Zeros(), new Transformer(own, kernels[i], embeddingLoss: embeddingLoss), kernels[i]);
        })];
        _owners = Divide(latents, devices.Count);
        Gradients = Latents.From(latents.Config, (name, _) => Of(Owner(name).Gradients, name));
        Owned = Latents.From(latents.Config, (name, _) => Of(Owner(name).Latents, name));
    }

    public int Count => _replicas.Length;

    public ModelConfig Config => Latents.Config;

    /// <summary>The model on the first device.</summary>
    public Latents Latents => _replicas[0].Latents;

    /// <summary>The model, each tensor on the device that owns it: what the optimiser changes. Then comes <see cref="Share"/>.</summary>
    public Latents Owned { get; }

    /// <summary>Gradients of a whole step, each on the device that owns it.</summary>
    public Latents Gradients { get; }

    /// <summary>Zeros on the devices of the owners: what an optimiser remembers.</summary>
    public Latents Zeros() => Latents.From(Config, (name, shape) => zeros(shape, dtype: ScalarType.Float32, device: Owner(name).Device));

    /// <summary>Leaves the gradients of the mean weighted loss of all sequences in <see cref="Gradients"/>.</summary>
    /// <param name="sequences">A multiple of <paramref name="micro"/> for each device.</param>
    /// <param name="micro">Sequences that a device computes at a time.</param>
    public (double Loss, double Norm, long Tokens) Step((ushort[] Tokens, TokenMarks[] Marks)[] sequences, int micro, float middleWeight)
    {
        using var scope = NewDisposeScope();
        int each = sequences.Length / Count;
        double weight = sequences.Sum(s => TokenData.WeightSum(s.Tokens, s.Marks, middleWeight, 1));
        var losses = new Tensor[Count];
        Task[] others = [.. Enumerable.Range(1, Count - 1).Select(i => Task.Factory.StartNew(() => Compute(i), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        Compute(0);
        Task.WaitAll(others);
        SumAtOwners();
        Device first = _replicas[0].Device;
        Tensor norm = stack([.. Gradients.All.Select(g => g.Tensor.square().sum().to(first))]).sum().sqrt();
        Tensor loss = stack([.. losses.Select(l => l.to(first))]).sum() / weight;
        foreach (Tensor part in losses)
        {
            part.Dispose();
        }

        // One wait for the devices a step.
        float[] both = PackedExport.Floats(stack([loss, norm]));
        return (both[0], both[1], sequences.Sum(s => (long)s.Tokens.Length));

        void Compute(int i) => losses[i] = _replicas[i].AddGradients(sequences.AsSpan(i * each, each).ToArray(), micro, middleWeight, 1 / weight, _type);
    }

    /// <summary>Copies what the owners have to the others.</summary>
    public void Share()
    {
        foreach (Replica replica in Count > 1 ? _replicas : [])
        {
            foreach ((string name, Tensor mine) in replica.Latents.All)
            {
                if (Owner(name) != replica)
                {
                    mine.copy_(Of(Owned, name));
                }
            }
        }
    }

    /// <summary>All gradients are zero again.</summary>
    public void Forget()
    {
        foreach ((_, Tensor gradient) in _replicas.SelectMany(r => r.Gradients.All))
        {
            gradient.zero_();
        }
    }

    /// <summary>Mean losses on held-out sequences, by the first device.</summary>
    public SortedDictionary<string, double> Measure(Validation validation)
    {
        using var weights = new QuantizedWeights(Latents, _type);
        return validation.Measure(Config, _replicas[0].Transformer, weights, _replicas[0].Device);
    }

    public void Dispose()
    {
        foreach (Replica replica in _replicas)
        {
            replica.Gradients.Dispose();
            replica.Kernels.Dispose();
            if (replica != _replicas[0])
            {
                replica.Latents.Dispose();
            }
        }
    }

    private Replica Owner(string name) => _replicas[_owners[name]];

    private static Tensor Of(Latents latents, string name) => latents.All.First(t => t.Name == name).Tensor;

    /// <summary>Largest first, each to whoever has least: the optimiser then takes all devices about the same time.</summary>
    private static Dictionary<string, int> Divide(Latents latents, int count)
    {
        var owners = new Dictionary<string, int>(StringComparer.Ordinal);
        var load = new long[count];
        foreach ((string name, Tensor tensor) in latents.All.OrderByDescending(t => t.Tensor.numel()))
        {
            int least = Array.IndexOf(load, load.Min());
            owners[name] = least;
            load[least] += tensor.numel();
        }

        return owners;
    }

    private void SumAtOwners()
    {
        foreach ((string name, Tensor sum) in Count > 1 ? Gradients.All : [])
        {
            foreach (Replica replica in _replicas)
            {
                if (replica != Owner(name))
                {
                    using Tensor here = Of(replica.Gradients, name).to(sum.device, copy: true);
                    sum.add_(here);
                }
            }
        }
    }

    private sealed record Replica(Device Device, Latents Latents, Latents Gradients, Transformer Transformer, IKernels Kernels)
    {
        /// <summary>Adds gradients of scale * (sum of weighted losses); answers that sum without the scale.</summary>
        public Tensor AddGradients((ushort[] Tokens, TokenMarks[] Marks)[] sequences, int micro, float middleWeight, double scale, ScalarType type)
        {
            using var noGrad = no_grad();
            using var scope = NewDisposeScope();
            using var weights = new QuantizedWeights(Latents, type);
            Batch[] batches = [.. sequences.Chunk(micro).Select(part => TokenData.Batch(Latents.Config, part, middleWeight, 1, Device))];
            var sums = new List<Tensor>();
            foreach (Batch batch in batches)
            {
                using Tensor losses = Transformer.LossesAndGradients(weights, batch, Gradients, scale);
                sums.Add(losses.sum());
                batch.Dispose();
            }

            return stack(sums).sum().DetachFromDisposeScope();
        }
    }
}
