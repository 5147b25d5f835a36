using System.Text.Json;
using Tritter.Inference.Model;
using Tritter.Torch.Model;
using Tritter.Torch.Native;
using static TorchSharp.torch;

namespace Tritter.Torch.Tests;

public sealed class ParityTests
{
    private static readonly string _tiny = Path.Combine(Checkout.Root, "tests", "fixtures", "tritter-tiny");

    public ParityTests() => TorchLibraries.Load();

    private static Latents Tiny() => LatentFiles.Load(ModelConfig.Load(Path.Combine(_tiny, "config.json")), Path.Combine(_tiny, "model.safetensors"), CPU);

    /// <summary>The fixture's weights again as latents that quantise to exactly them: its gamma is no mean of its own codes.</summary>
    private static (Latents Latents, QuantizedWeights Weights) Exact(ScalarType type)
    {
        Latents latents = Tiny();
        var weights = new QuantizedWeights(latents, type);
        using var _ = NewDisposeScope();
        weights.Qkv.copy_(cat([latents.Query, latents.Key, latents.Value], 1));
        weights.Output.copy_(latents.Output);
        weights.GateUp.copy_(cat([latents.Gate, latents.Up], 1));
        weights.Down.copy_(latents.Down);
        weights.Embedding.copy_(latents.Embedding);
        return (latents, weights);
    }

    private static int[] Ids(string name)
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(Path.Combine(_tiny, "cases.json")));
        return [.. json.RootElement.GetProperty(name).GetProperty("ids").EnumerateArray().Select(e => e.GetInt32())];
    }

    private static Batch BatchOf(ModelConfig config, params string[] names)
    {
        int[][] documents = [.. names.Select(Ids)];
        int[] tokens = [.. documents.SelectMany(d => d)];
        int[] targets = [.. documents.SelectMany(d => d.Skip(1).Append(0))];
        float[] weights = [.. documents.SelectMany(d => Enumerable.Repeat(1f, d.Length - 1).Append(0f))];
        return new Batch(config, tokens, targets, weights, [.. documents.Select(d => d.Length)], CPU);
    }

    private static float[] Reference(string name, int rows)
    {
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(_tiny, "outputs.safetensors"));
        return file.Floats(name + ".logits", rows, 512);
    }

    private static double MeanLoss(float[] logits, int[] ids)
    {
        double sum = 0;
        for (int t = 0; t + 1 < ids.Length; t++)
        {
            double[] row = [.. logits.AsSpan(t * 512, 512).ToArray().Select(x => (double)x)];
            double max = row.Max();
            sum += max + Math.Log(row.Sum(x => Math.Exp(x - max))) - row[ids[t + 1]];
        }

        return sum / (ids.Length - 1);
    }

    [Theory]
    [InlineData("a", false, 1e-5)]
    [InlineData("b", false, 1e-5)]
    [InlineData("c", false, 1e-5)]
    [InlineData("a", true, 1e-2)]
    [InlineData("b", true, 1e-2)]
    [InlineData("c", true, 1e-2)]
    public void The_loss_is_that_of_the_reference(string name, bool half, double tolerance)
    {
        ScalarType type = half ? ScalarType.BFloat16 : ScalarType.Float32;
        (Latents latents, QuantizedWeights weights) = Exact(type);
        using (latents)
        using (weights)
        using (Batch batch = BatchOf(latents.Config, name))
        {
            int[] ids = Ids(name);
            using Tensor losses = new Transformer(latents, new EagerKernels(latents.Config, type)).Losses(weights, batch);
            using Tensor part = losses.narrow(0, 0, ids.Length - 1);
            using Tensor mean = part.mean();
            Assert.Equal(MeanLoss(Reference(name, ids.Length), ids), mean.item<float>(), tolerance);
        }
    }

    [Fact]
    public void Documents_of_one_batch_do_not_see_each_other()
    {
        (Latents latents, QuantizedWeights weights) = Exact(ScalarType.Float32);
        using (latents)
        using (weights)
        using (Batch batch = BatchOf(latents.Config, "c", "b", "a"))
        {
            using Tensor logits = new Transformer(latents, new EagerKernels(latents.Config, ScalarType.Float32)).Logits(weights, batch);
            float[] found = PackedExport.Floats(logits);
            float[] expected = [.. Reference("c", 40), .. Reference("b", 24), .. Reference("a", 5)];
            double difference = found.Zip(expected).Max(p => Math.Abs(p.First - p.Second));
            Assert.True(difference < 2e-4, $"largest difference {difference}");
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.25)]
    [InlineData(1)]
    public void Gradients_are_those_that_libtorch_derives(double embeddingLoss)
    {
        using Latents latents = Latents.Random(Tiny().Config, 1, CPU);
        using var weights = new QuantizedWeights(latents, ScalarType.Float32);
        using Latents found = latents.Zeros();
        using Latents expected = latents.Zeros();
        using Batch batch = BatchOf(latents.Config, "c", "b");
        using Tensor losses = new Transformer(latents, new EagerKernels(latents.Config, ScalarType.Float32), embeddingLoss: embeddingLoss).LossesAndGradients(weights, batch, found, 1 / batch.WeightSum);
        AutogradModel.Gradients(latents, batch, expected, embeddingLoss);
        foreach (((string name, Tensor a), (_, Tensor b)) in found.All.Zip(expected.All))
        {
            double error = (a - b).norm().item<float>() / b.norm().item<float>();
            Assert.True(error < 2e-3, $"{name}: relative difference {error}");
        }
    }

    [Fact]
    public void The_engine_computes_with_an_export_what_the_trainer_does()
    {
        using Latents latents = Latents.Random(Tiny().Config, 2, CPU);
        string folder = Directory.CreateTempSubdirectory("tritter-export-").FullName;
        try
        {
            File.Copy(Path.Combine(_tiny, "config.json"), Path.Combine(folder, "config.json"));
            PackedExport.Save(latents, Path.Combine(folder, "model.safetensors"));
            using Latents again = LatentFiles.Load(latents.Config, Path.Combine(folder, "model.safetensors"), CPU);
            using var weights = new QuantizedWeights(latents, ScalarType.Float32);
            using Tensor ternary = cat([again.Gate, again.Up], 1);
            Assert.True((ternary - weights.GateUp).abs().max().item<float>() < 1e-6);
            using TritterModel model = TritterModel.Load(folder);
            Assert.Equal(latents.Config.VocabSize, model.Config.VocabSize);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Rounded_latents_come_back_within_half_a_step()
    {
        using Latents latents = Latents.Random(Tiny().Config, 3, CPU);
        string path = Directory.CreateTempSubdirectory("tritter-latents-").FullName;
        try
        {
            LatentFiles.SaveRounded(latents, path);
            using Latents again = LatentFiles.Load(latents.Config, path, CPU);
            foreach (((string name, Tensor a), (_, Tensor b)) in latents.All.Zip(again.All))
            {
                float step = a.abs().max().item<float>() / 127;
                Assert.True((a - b).abs().max().item<float>() <= 0.51 * step, name);
            }
        }
        finally
        {
            Directory.Delete(path, recursive: true);
        }
    }
}
