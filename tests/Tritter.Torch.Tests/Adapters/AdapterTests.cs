using System.Diagnostics;
using Tritter.Inference;
using Tritter.Inference.Generation;
using Tritter.Inference.Kernels;
using Tritter.Inference.KvCache;
using Tritter.Inference.Model;
using Tritter.Torch.Model;
using Tritter.Torch.Native;
using static TorchSharp.torch;

namespace Tritter.Torch.Tests.Adapters;

/// <summary>Adapters as the trainer makes them and as the engine computes with them.</summary>
public sealed class AdapterTests : IDisposable
{
    private static readonly string _tiny = Path.Combine(Checkout.Root, "tests", "fixtures", "tritter-tiny");
    private static readonly ModelConfig _config = ModelConfig.Load(Path.Combine(_tiny, "config.json"));
    private static readonly int[] _ids = [.. Enumerable.Range(0, 70).Select(i => (i * i * 7 + 3 * i) % 512)];

    private readonly string _folder = Directory.CreateTempSubdirectory("tritter-adapter-").FullName;

    public AdapterTests() => TorchLibraries.Load();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Frozen_weights_are_those_of_the_file()
    {
        (FrozenWeights weights, Latents norms) = FrozenWeights.Load(_tiny, _config, ScalarType.Float32, CPU);
        using Latents latents = LatentFiles.Load(_config, Path.Combine(_tiny, "model.safetensors"), CPU);
        using (weights)
        using (norms)
        {
            for (int i = 0; i < _config.Layers.Count; i++)
            {
                Assert.Equal(0, (weights.QkvOf(i) - cat([latents.Query[i], latents.Key[i], latents.Value[i]], 0)).abs().max().item<float>());
                Assert.Equal(0, (weights.OutputOf(i) - latents.Output[i]).abs().max().item<float>());
                Assert.Equal(0, (weights.GateUpOf(i) - cat([latents.Gate[i], latents.Up[i]], 0)).abs().max().item<float>());
                Assert.Equal(0, (weights.DownOf(i) - latents.Down[i]).abs().max().item<float>());
            }

            Assert.Equal(0, (weights.Embedding - latents.Embedding).abs().max().item<float>());
            Assert.Equal(0, (norms.PostMlpNorm - latents.PostMlpNorm).abs().max().item<float>());
        }
    }

    [Fact]
    public void Gradients_are_those_of_the_matrix_that_the_pair_is_a_factor_of()
    {
        using Latents latents = Latents.Random(_config, 1, CPU);
        using LowRankAdapter adapter = Random(3, 6, LowRankAdapter.AllTargets);
        using LowRankAdapter found = adapter.Zeros();
        using Latents scratch = latents.Zeros();
        using Latents full = latents.Zeros();
        using Batch batch = Batch();
        using var weights = new QuantizedWeights(latents, ScalarType.Float32);
        var kernels = new EagerKernels(_config, ScalarType.Float32);
        using Tensor losses = new Transformer(latents, kernels, adapter).LossesAndGradients(weights, batch, scratch, 1 / batch.WeightSum, found);

        // The same model with the product B · A already in its matrices, by the formulas that are compared with libtorch's elsewhere.
        using var merged = new QuantizedWeights(latents, ScalarType.Float32);
        using (no_grad())
        {
            for (int i = 0; i < _config.Layers.Count; i++)
            {
                merged.Qkv[i].add_(cat([Product(adapter, "q_proj", i), Product(adapter, "k_proj", i), Product(adapter, "v_proj", i)], 0));
                merged.Output[i].add_(Product(adapter, "o_proj", i));
                merged.GateUp[i].add_(cat([Product(adapter, "gate_proj", i), Product(adapter, "up_proj", i)], 0));
                merged.Down[i].add_(Product(adapter, "down_proj", i));
            }
        }

        using Tensor same = new Transformer(latents, kernels).LossesAndGradients(merged, batch, full, 1 / batch.WeightSum);
        Assert.Equal(same.sum().item<float>(), losses.sum().item<float>(), 2e-3f * same.sum().item<float>());
        foreach ((string target, Tensor gradient) in LowRankAdapter.AllTargets.Zip(full.Matrices.Select(m => m.Tensor)))
        {
            for (int i = 0; i < _config.Layers.Count; i++)
            {
                (Tensor a, Tensor b) = adapter.Of(target, i)!.Value;
                (Tensor dA, Tensor dB) = found.Of(target, i)!.Value;
                Near(gradient[i].matmul(a.t()) * adapter.Scale, dB, target);
                Near(b.t().matmul(gradient[i]) * adapter.Scale, dA, target);
            }
        }

        Assert.Equal(0, scratch.Query.abs().max().item<float>());
    }

    [Theory]
    [InlineData("all")]
    [InlineData("q_proj v_proj")]
    public void The_engine_computes_with_an_adapter_what_the_trainer_does(string targets)
    {
        using LowRankAdapter adapter = Random(4, 8, targets == "all" ? LowRankAdapter.AllTargets : targets.Split(' '));
        adapter.Save(_folder, "tritter-tiny");
        (FrozenWeights weights, Latents norms) = FrozenWeights.Load(_tiny, _config, ScalarType.Float32, CPU);
        float[] expected;
        float[] without;
        using (weights)
        using (norms)
        using (Batch batch = Batch())
        {
            expected = PackedExport.Floats(new Transformer(norms, new EagerKernels(_config, ScalarType.Float32), adapter).Logits(weights, batch)[^1]);
            without = PackedExport.Floats(new Transformer(norms, new EagerKernels(_config, ScalarType.Float32)).Logits(weights, batch)[^1]);
        }

        float[] found = Engine(1, _folder);
        double error = Distance(found, expected);
        double effect = Distance(without, expected);
        // Rounding to int8 turns float noise into flips of a step: the bound of the tiny model's own parity test.
        Assert.True(error < 2e-3, $"relative difference {error}");
        Assert.True(effect > 20 * error, $"the adapter changes the logits by {effect} only");
    }

    [Fact]
    public void Bits_do_not_depend_on_threads_or_on_how_a_prompt_is_split()
    {
        using LowRankAdapter adapter = Random(5, 5, LowRankAdapter.AllTargets);
        adapter.Save(_folder, "tritter-tiny");
        float[] one = Engine(1, _folder);
        Assert.Equal(one, Engine(3, _folder));
        Assert.Equal(one, Engine(2, _folder, split: true));
        // With every layer's matrices in the file.
        Assert.Equal(one, Engine(2, _folder, split: true, memoryBudget: 0));
    }

    [Fact]
    public void An_adapter_that_has_learned_nothing_and_no_adapter_give_the_same_bits()
    {
        using LowRankAdapter adapter = LowRankAdapter.New(_config, 4, 8, LowRankAdapter.AllTargets, 1, CPU);
        adapter.Save(_folder, "tritter-tiny");
        Assert.Equal(Engine(2, null), Engine(2, _folder));
    }

    [Fact]
    public void An_adapter_of_another_model_or_kind_is_refused()
    {
        using LowRankAdapter adapter = Random(4, 8, ["q_proj"]);
        adapter.Save(_folder, "tritter-tiny");
        ModelConfig other = _config with { HiddenSize = 128 };
        Assert.Contains("lora_A", Assert.Throws<ModelFormatException>(() => Adapter.Load(_folder, other)).Message, StringComparison.Ordinal);
        Assert.Throws<ModelFormatException>(() => Adapter.Load(_folder, _config with { Layers = [_config.Layers[0]] }));
        string config = Path.Combine(_folder, "adapter_config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"LORA\"", "\"IA3\"", StringComparison.Ordinal));
        Assert.Contains("peft_type", Assert.Throws<ModelFormatException>(() => Adapter.Load(_folder, _config)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fine_tuning_a_repository_lowers_the_loss_on_files_it_has_not_seen_and_the_engine_loads_the_adapter()
    {
        string repository = Path.Combine(_folder, "repository");
        Directory.CreateDirectory(repository);
        foreach (string file in Directory.GetFiles(Path.Combine(Checkout.Root, "server", "Tritter.Core", "Completion"), "*.cs"))
        {
            File.Copy(file, Path.Combine(repository, Path.GetFileName(file)));
        }

        foreach (string[] arguments in new string[][] { ["init", "--quiet"], ["add", "."], ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false", "commit", "--quiet", "-m", "files"] })
        {
            using Process git = Process.Start(new ProcessStartInfo("git", arguments) { WorkingDirectory = repository })!;
            await git.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(0, git.ExitCode);
        }

        string model = Path.Combine(_folder, "model");
        ModelFolder.Prepare(model, Preset.Path("2M"), Preset.Tokenizer());
        using (Latents latents = Latents.Random(ModelConfig.Load(Path.Combine(model, "config.json")), 1, CPU))
        {
            PackedExport.Save(latents, Path.Combine(model, "model.safetensors"));
        }

        string adapter = Path.Combine(_folder, "adapter");
        using Process process = TrainProcess.Start(["finetune", repository, "--model", model, "--out", adapter, "--steps", "6", "--length", "512", "--held-out", "0.3",
            "--held-out-sequences", "2", "--evaluate-every", "3", "--rate", "0.02", "--threads", "1"]);
        string log = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, log);
        Assert.Contains("the adapter is in", log, StringComparison.Ordinal);
        Assert.NotEmpty(File.ReadAllLines(Path.Combine(adapter, "held-out.txt")));

        using InferenceEngine engine = InferenceEngine.Load(model, threads: 1);
        float[] before = Last(engine);
        engine.Adapter = engine.LoadAdapter(adapter);
        float[] with = Last(engine);
        Assert.True(Distance(before, with) > 1e-3);
        // Back to the model as it is, whose keys and values the adapter must not have touched.
        engine.Adapter = null;
        Assert.Equal(before, Last(engine));
    }

    private static float[] Last(InferenceEngine engine)
    {
        using Session session = engine.OpenSession(128);
        session.Read(_ids, CancellationToken.None);
        return session.Logits.ToArray();
    }

    /// <summary>An adapter that has learned something: B is not zero.</summary>
    private static LowRankAdapter Random(int rank, double alpha, IReadOnlyList<string> targets)
    {
        LowRankAdapter adapter = LowRankAdapter.New(_config, rank, alpha, targets, 3, CPU);
        using var generator = new TorchSharp.torch.Generator(9);
        foreach (string target in targets)
        {
            for (int i = 0; i < _config.Layers.Count; i++)
            {
                Tensor b = adapter.Of(target, i)!.Value.B;
                b.copy_(randn(b.shape, dtype: ScalarType.Float32, generator: generator).mul_(0.02));
            }
        }

        return adapter;
    }

    private static Batch Batch() => new(_config, _ids, [.. _ids.Skip(1), 0], [.. Enumerable.Repeat(1f, _ids.Length)], [_ids.Length], CPU);

    private static Tensor Product(LowRankAdapter adapter, string target, int layer)
    {
        (Tensor a, Tensor b) = adapter.Of(target, layer)!.Value;
        return b.matmul(a) * adapter.Scale;
    }

    private static void Near(Tensor expected, Tensor found, string name)
    {
        double error = (found - expected).norm().item<float>() / expected.norm().item<float>();
        Assert.True(error < 2e-2, $"{name}: relative difference {error}");
    }

    private static float[] Engine(int threads, string? adapter, bool split = false, long? memoryBudget = null)
    {
        using TritterModel model = TritterModel.Load(_tiny, memoryBudget);
        using var team = new ThreadTeam(threads);
        using Adapter? loaded = adapter is null ? null : Adapter.Load(adapter, _config);
        using var tree = new PrefixTree(new KvLayout(_config, KvPrecision.Float32), 0);
        using var session = new Session(model, team, tree, 256, loaded);
        session.Read(split ? _ids[..11] : _ids, CancellationToken.None);
        for (int i = session.Tokens.Count; i < _ids.Length; i++)
        {
            session.Append(_ids[i]);
        }

        return session.Logits.ToArray();
    }

    private static double Distance(float[] a, float[] b) =>
        Math.Sqrt(a.Zip(b).Sum(p => Math.Pow(p.First - p.Second, 2)) / b.Sum(x => (double)x * x));
}
