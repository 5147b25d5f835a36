using Tritter.Inference.Benchmark;
using Tritter.Inference.Generation;
using Tritter.Inference.Kernels;
using Tritter.Inference.KvCache;
using Tritter.Inference.Model;
using Tritter.Inference.Tests.Damage;

namespace Tritter.Inference.Tests.Model;

/// <summary>Layers that stay in the file: which ones, and the bits of those in memory.</summary>
public sealed class MemoryBudgetTests
{
    private static readonly ModelConfig _tiny = ModelConfig.Load(Path.Combine(TinyModel.Folder, "config.json"));

    public static TheoryData<int, int> LayersAndThreads => new MatrixTheoryData<int, int>([0, 1, 2, 4], [1, 3]);

    [Theory]
    [MemberData(nameof(LayersAndThreads))]
    public void Logits_have_the_same_bits_with_any_number_of_layers_in_memory(int layers, int threads)
    {
        float[][] expected = Logits(memoryBudget: null, threads: 1);

        float[][] actual = Logits(Budget(layers), threads);

        for (int i = 0; i < expected.Length; i++)
        {
            Bits.AssertEqual(expected[i], actual[i], $"step {i}");
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public void The_budget_says_how_many_layers_are_in_memory(int layers)
    {
        using TritterModel model = TritterModel.Load(TinyModel.Folder, Budget(layers));

        Assert.Equal(layers, model.Layers.Count(layer => !layer.IsInPlace));
        Assert.Equal($"{layers} of 4 layers are in memory, {4 - layers} are read from the file as they are computed", model.Placement?.ToString().Split(':')[0]);
    }

    [Fact]
    public void A_budget_for_everything_leaves_nothing_in_the_file()
    {
        using TritterModel model = TritterModel.Load(TinyModel.Folder, Budget(4));

        Assert.DoesNotContain(model.Layers, layer => layer.IsInPlace);
        Assert.Null(model.Placement);
        Assert.Null(model.ReadAhead);
    }

    [Fact]
    public void Layers_in_memory_are_spread_evenly() =>
        Assert.Equal([1, 3, 5, 7], Enumerable.Range(0, 8).Where(new LayerPlacement(8, 4, 1, 4).IsResident));

    [Fact]
    public void Damage_is_found_in_layers_that_stay_in_the_file()
    {
        using TemporaryFolder folder = TemporaryFolder.WithModel();
        TensorFile tensors = TensorFile.Read(folder.Weights);
        tensors.Edit("model.layers.2.mlp.gate_proj.weight_packed", d => d[^1] |= 0xC0);
        tensors.Save(folder.Weights);

        Refused.Check(folder.Weights, "expected the codes 0, 1 and 2, found a 3", () => TritterModel.Load(folder.Root, 0).Dispose());
    }

    [Theory]
    [InlineData("original-tiny")]
    public void Another_form_is_refused_when_it_does_not_fit(string fixture)
    {
        string path = Repository.Fixture(fixture);

        Refused.Check(Path.Combine(path, "model.safetensors"), "more than the memory budget, 100|Tritter's own form", () => TritterModel.Load(path, 100).Dispose());
    }

    [Fact]
    public void A_written_random_model_is_the_one_in_memory()
    {
        using TemporaryFolder folder = TemporaryFolder.Empty();
        RandomModelFile.Write(folder.Root, _tiny, seed: 7);
        using TritterModel expected = TritterModel.Random(_tiny, seed: 7);
        using TritterModel actual = TritterModel.Load(folder.Root, Budget(1));
        using var team = new ThreadTeam(2);

        Assert.Equal(expected.Config.Layers, actual.Config.Layers);
        Assert.Equal(expected.Config with { Layers = [], PromptTokens = default }, actual.Config with { Layers = [], PromptTokens = default });
        Bits.AssertEqual(Logits(expected, team)[^1], Logits(actual, team)[^1], "the last step");
    }

    [Fact]
    public void Cancelled_in_a_layer_of_the_file_a_text_goes_on_as_if_nothing_had_been()
    {
        using TritterModel model = TritterModel.Load(TinyModel.Folder, Budget(1));
        using var team = new ThreadTeam(2);
        using Session session = Sessions.Alone(model, team, 256, KvPrecision.Int8);
        int[] prompt = TinyModel.Prompt(200);
        using var cancellation = new CancellationTokenSource();
        session.Forward.LayerProbe = (layer, _) =>
        {
            if (layer == 1)
            {
                cancellation.Cancel();
            }
        };

        Assert.ThrowsAny<OperationCanceledException>(() => session.Read(prompt, cancellation.Token));
        session.Forward.LayerProbe = null;
        session.Read(prompt, TestContext.Current.CancellationToken);

        using var whole = new TinyModel();
        Bits.AssertEqual(whole.Read(prompt), session.Logits, "after the cancellation");
    }

    [Theory]
    [InlineData("MemTotal:       24000000 kB\nMemAvailable:   23000000 kB\n", 23000000L * 1024)]
    [InlineData("MemTotal:       24000000 kB\n", null)]
    public void Available_memory_is_what_Linux_says(string text, long? expected) => Assert.Equal(expected, PhysicalMemory.ReadAvailable(text.Split('\n')));

    /// <summary>Bytes that so many layers of the tiny model just fit.</summary>
    private static long Budget(int layers) => TritterModel.TernaryBytes(_tiny) / _tiny.Layers.Count * layers;

    private static float[][] Logits(long? memoryBudget, int threads)
    {
        using TritterModel model = TritterModel.Load(TinyModel.Folder, memoryBudget);
        using var team = new ThreadTeam(threads);
        return Logits(model, team);
    }

    /// <summary>After a prompt of several chunks, and after each of a few tokens decoded behind it.</summary>
    private static float[][] Logits(TritterModel model, ThreadTeam team)
    {
        using Session session = Sessions.Alone(model, team, 256, KvPrecision.Int8);
        var logits = new List<float[]>();
        session.Read(TinyModel.Prompt(150), TestContext.Current.CancellationToken);
        logits.Add(session.Logits.ToArray());
        for (int i = 0; i < 5; i++)
        {
            session.Append(session.Likeliest);
            logits.Add(session.Logits.ToArray());
        }

        return [.. logits];
    }
}
