using System.Diagnostics;
using System.Text.Json;
using Tritter.Inference.Model;
using Tritter.Torch.Model;
using Tritter.Torch.Native;
using Tritter.Torch.Training;
using static TorchSharp.torch;

namespace Tritter.Torch.Tests.Training;

/// <summary>Planned bytes against the tensors that are really made.</summary>
public sealed class MemoryPlanTests
{
    public MemoryPlanTests() => TorchLibraries.Load();

    public static TheoryData<string> Shapes => [TinyRun.Config, Preset.Path("2M")];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Training_takes_what_is_planned(string path)
    {
        ModelConfig config = ModelConfig.Load(path);
        IReadOnlyList<MemoryItem> plan = MemoryPlan.Training(config, 48, 24, 4);
        using Latents latents = Latents.Random(config, 1, CPU);
        using var weights = new QuantizedWeights(latents, ScalarType.Float32);
        Assert.Equal(Bytes(latents.All.Select(l => l.Tensor)), Planned(plan, "latents"));
        Assert.Equal(Bytes([weights.Qkv, weights.Output, weights.GateUp, weights.Down, weights.Embedding]), Planned(plan, "quantised weights"));
        Assert.Equal(2 * Planned(plan, "gradients"), Planned(plan, "optimiser"));
        using var batch = new Batch(config, new int[48], new int[48], new float[48], [24, 24], CPU);
        Assert.Equal(new Transformer(latents, new EagerKernels(config, ScalarType.Float32)).KeptBytes(weights, batch), Planned(plan, "activations"));
    }

    [Fact]
    public void An_adapter_takes_what_is_planned()
    {
        ModelConfig config = ModelConfig.Load(Preset.Path("2M"));
        IReadOnlyList<MemoryItem> plan = MemoryPlan.QLora(config, 4, 48, 24, 4);
        using LowRankAdapter adapter = LowRankAdapter.New(config, 4, 8, LowRankAdapter.AllTargets, 1, CPU);
        Assert.Equal(Bytes(adapter.All), Planned(plan, "adapter"));
        Assert.Equal(new ModelInfo("", config, 0).TernaryParameters / 4, Planned(plan, "packed weights"));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(16)]
    public void Fine_tuning_beside_packed_weights_takes_what_is_planned(int rank)
    {
        ModelConfig config = ModelConfig.Load(Preset.Path("2M"));
        IReadOnlyList<MemoryItem> plan = MemoryPlan.QLora(config, rank, 48, 24, 4);
        string folder = Directory.CreateTempSubdirectory("tritter-plan-").FullName;
        try
        {
            using (Latents latents = Latents.Random(config, 1, CPU))
            {
                PackedExport.Save(latents, Path.Combine(folder, "model.safetensors"));
            }

            (FrozenWeights weights, Latents norms) = FrozenWeights.Load(folder, config, ScalarType.Float32, CPU);
            using LowRankAdapter adapter = LowRankAdapter.New(config, rank, 8, LowRankAdapter.AllTargets, 1, CPU);
            using var batch = new Batch(config, new int[48], new int[48], new float[48], [24, 24], CPU);
            using (weights)
            using (norms)
            {
                Assert.Equal(weights.PackedBytes, Planned(plan, "packed weights"));
                Assert.Equal(Bytes([weights.Embedding]), Planned(plan, "embedding"));
                Assert.Equal(2 * Bytes(norms.All.Select(l => l.Tensor)), Planned(plan, "norms and their gradients"));
                Assert.Equal(2 * Planned(plan, "adapter"), Planned(plan, "optimiser"));
                Assert.Equal(new Transformer(norms, new EagerKernels(config, ScalarType.Float32), adapter).KeptBytes(weights, batch), Planned(plan, "activations"));
                using var scope = NewDisposeScope();
                long largest = new[] { weights.QkvOf(0), weights.OutputOf(1), weights.GateUpOf(2), weights.DownOf(3) }.Max(w => Bytes([w]));
                Assert.Equal(largest + largest / 4 * 2, Planned(plan, "one unpacked layer"));
                // Each leaves nothing but itself behind: otherwise a pass would end with all layers unpacked.
                Assert.Equal(4, scope.DisposablesCount);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("2M", 1.97e6)]
    [InlineData("100M", 102.3e6)]
    [InlineData("1B", 1.04e9)]
    [InlineData("3B", 3.02e9)]
    [InlineData("7B", 5.94e9)]
    public async Task A_preset_has_the_size_that_it_is_planned_with(string preset, double parameters)
    {
        using Process process = TrainProcess.Start(["plan", "--preset", preset, "--qlora", "--context", "2048", "--json"]);
        JsonElement plan = JsonDocument.Parse(await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)).RootElement;
        Assert.InRange(plan.GetProperty("parameters").GetDouble(), 0.99 * parameters, 1.01 * parameters);
        long[] parts = [.. plan.GetProperty("training").EnumerateArray().Select(i => i.GetProperty("bytes").GetInt64())];
        Assert.All(parts, bytes => Assert.True(bytes > 0));
        Assert.Equal(parts.Sum(), plan.GetProperty("trainingBytes").GetInt64());
        Assert.Equal(0.25 * plan.GetProperty("ternary").GetDouble(), plan.GetProperty("running")[0].GetProperty("bytes").GetDouble());
    }

    private static long Planned(IReadOnlyList<MemoryItem> plan, string name) => plan.Single(i => i.Name == name).Bytes;

    private static long Bytes(IEnumerable<Tensor> tensors) => tensors.Sum(t => t.numel() * t.ElementSize);
}
