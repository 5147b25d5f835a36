using Tritter.Inference.Model;
using Tritter.Torch.Model;
using Tritter.Torch.Packing;
using static TorchSharp.torch;

namespace Tritter.Torch.Training;

/// <summary>Mean losses on held-out sequences: of all tokens for val-*, of the middles for fim-*.</summary>
public sealed class Validation(string folder, int micro)
{
    public SortedDictionary<string, double> Measure(ModelConfig config, Transformer transformer, ITernaryWeights weights, Device device)
    {
        var losses = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (string path in Directory.GetFiles(folder, "*.tokens").Where(p => !Path.GetFileName(p).StartsWith("train-", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            TokenShard shard = TokenShard.Read(path);
            string name = Path.GetFileNameWithoutExtension(path);
            double sum = 0;
            double count = 0;
            for (int i = 0; i < shard.Count; i += micro)
            {
                (ushort[], TokenMarks[])[] sequences = [.. Enumerable.Range(i, Math.Min(micro, shard.Count - i)).Select(j => (shard.Tokens(j).ToArray(), shard.Marks(j).ToArray()))];
                using Batch batch = TokenData.Batch(config, sequences, 1, name.StartsWith("fim", StringComparison.Ordinal) ? 0 : 1, device);
                using Tensor each = transformer.Losses(weights, batch);
                using Tensor weighted = (each * batch.Weights).sum();
                sum += weighted.item<float>();
                count += batch.WeightSum;
            }

            losses[name] = sum / Math.Max(1, count);
        }

        return losses;
    }
}
