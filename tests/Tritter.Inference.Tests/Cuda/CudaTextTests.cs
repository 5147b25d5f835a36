using Tritter.Inference.Cuda;
using Tritter.Inference.Generation;
using Tritter.Inference.Kernels;
using Tritter.Inference.KvCache;
using Tritter.Inference.Model;
using Tritter.Inference.Sampling;
using Tritter.Inference.Tests.Parity;

namespace Tritter.Inference.Tests.Cuda;

/// <summary>Texts on the (emulated) device against the PyTorch reference and against the processor.</summary>
[Collection("Emulated device")]
public sealed class CudaTextTests
{
    private static readonly string _folder = Repository.Fixture("tritter-tiny");

    /// <summary>Tokens that come one by one, which takes the emulation longest: more than the window of 8.</summary>
    private const int Singles = 12;

    /// <summary>int8 keys and values, in a random model of width 64: the processor's own logits with them are 3 to 5 % away.</summary>
    [Theory]
    [InlineData("a")]
    [InlineData("c")]
    public void Logits_match_the_reference_whether_tokens_come_one_by_one_or_together(string name)
    {
        using CudaDevice device = EmulatedDevice.Open();
        int[] ids = Repository.Json(Path.Combine(_folder, "cases.json")).GetProperty(name).GetProperty("ids").Ints();
        using SafetensorsFile expected = SafetensorsFile.Open(Path.Combine(_folder, "outputs.safetensors"));
        float[] logits = expected.AllFloats(name + ".logits");
        using TritterModel model = TritterModel.Load(_folder);
        using var onDevice = new CudaModel(device, model);
        using var together = new CudaText(onDevice, 64);
        using var single = new CudaText(onDevice, 64);

        together.Run(ids, LogitsOf.All, CancellationToken.None);
        var rows = new List<float>();
        foreach (int id in ids[..Math.Min(Singles, ids.Length)])
        {
            single.Run([id], LogitsOf.Last, CancellationToken.None);
            rows.AddRange(single.Logits);
            Assert.Equal(Sampler.Greedy(single.Logits), single.Likeliest);
        }

        Assert.InRange(Comparison.RelativeL2(together.Logits, logits), 0, 6e-2);
        Assert.InRange(Comparison.RelativeL2(rows.ToArray(), logits.AsSpan(0, rows.Count)), 0, 6e-2);
    }

    /// <summary>Enough positions that several blocks attend to them and one puts the parts together; a window that leaves most of them out; heads of both widths.</summary>
    [Theory]
    [InlineData(64, 2, 1)]
    [InlineData(128, 5, 1)]
    public void A_long_text_has_the_processors_logits_but_for_rounding(int headDim, int heads, int kvHeads)
    {
        const int Length = 270;
        using CudaDevice device = EmulatedDevice.Open();
        var config = new ModelConfig(
            120, 128, heads, kvHeads, headDim, 192, 1e-5f, 10000f, 1f / MathF.Sqrt(headDim), 4096,
            [new LayerAttention(40, Rope: true), new LayerAttention(int.MaxValue, Rope: true)], new PromptTokens(-1, -1, -1, -1, -1, -1, -1));
        using TritterModel model = TritterModel.Random(config, seed: 3);
        using var team = new ThreadTeam(1);
        using Session expected = Sessions.Alone(model, team, 512, KvPrecision.Int8);
        using var onDevice = new CudaModel(device, model);
        using var session = new Session(model, new PrefixTree(new KvLayout(config, KvPrecision.Int8), 0), new CudaText(onDevice, 512));
        int[] ids = [.. TinyModel.Prompt(Length).Select(i => i % config.VocabSize)];

        expected.Read(ids, TestContext.Current.CancellationToken);
        Assert.Equal(0, session.Read(ids, TestContext.Current.CancellationToken));
        double prompt = Comparison.RelativeL2(session.Logits, expected.Logits);
        expected.Append(7);
        session.Append(7);
        double token = Comparison.RelativeL2(session.Logits, expected.Logits);

        // A step of int8 that rounds the other way goes through all that follows; a wrong position, scale or window is an order away.
        Assert.InRange(prompt, 0, 4e-2);
        Assert.InRange(token, 0, 4e-2);

        // The beginning stays on the device.
        ids[^1]++;
        Assert.Equal(Length - 1, session.Read(ids, TestContext.Current.CancellationToken));
        expected.Read(ids, TestContext.Current.CancellationToken);
        Assert.InRange(Comparison.RelativeL2(session.Logits, expected.Logits), 0, 4e-2);
    }

    /// <summary>Rows that a block's registers do not hold: of the feed-forward network, and of the residual stream itself.</summary>
    [Theory]
    [InlineData(64, 12352)]
    [InlineData(4160, 64)]
    public void Models_of_long_rows_have_the_processors_logits_but_for_rounding(int hidden, int intermediate)
    {
        using CudaDevice device = EmulatedDevice.Open();
        var config = new ModelConfig(
            120, hidden, 2, 1, 16, intermediate, 1e-5f, 10000f, 0.25f, 4096,
            [new LayerAttention(int.MaxValue, Rope: true), new LayerAttention(int.MaxValue, Rope: false)], new PromptTokens(-1, -1, -1, -1, -1, -1, -1));
        using TritterModel model = TritterModel.Random(config, seed: 3);
        using var team = new ThreadTeam(1);
        using Session expected = Sessions.Alone(model, team, 64, KvPrecision.Int8);
        using var onDevice = new CudaModel(device, model);
        using var text = new CudaText(onDevice, 64);

        foreach (int token in new[] { 5, 17, 80 })
        {
            expected.Append(token);
            text.Run([token], LogitsOf.Last, CancellationToken.None);
            Assert.InRange(Comparison.RelativeL2(text.Logits, expected.Logits), 0, 4e-2);
        }
    }

    [Fact]
    public void Texts_that_take_turns_keep_their_logits()
    {
        using CudaDevice device = EmulatedDevice.Open();
        using TritterModel model = TritterModel.Load(_folder);
        using var onDevice = new CudaModel(device, model);
        using var alone = new CudaText(onDevice, 64);
        alone.Run([3, 1, 4], LogitsOf.Last, CancellationToken.None);
        (float[] expected, int likeliest) = (alone.Logits.ToArray(), alone.Likeliest);
        using var first = new CudaText(onDevice, 64);
        var second = new CudaText(onDevice, 64);

        first.Run([3, 1, 4], LogitsOf.Last, CancellationToken.None);
        second.Run([2, 7], LogitsOf.Last, CancellationToken.None);
        Assert.NotEqual(expected, second.Logits.ToArray());
        second.Dispose();

        Assert.Equal(likeliest, first.Likeliest);
        Bits.AssertEqual(expected, first.Logits, "logits");
    }

    [Fact]
    public void A_card_that_can_be_used_is_chosen_and_named()
    {
        string library = EmulatedDevice.Library();
        using TritterModel model = TritterModel.Load(_folder);

        ChosenDevice chosen = ChosenDevice.For(model, ComputeDevice.Auto, new GpuMemory { Driver = library });

        Assert.StartsWith("emulated, 4.3 GB, driver for CUDA 12.4: ", chosen.Line, StringComparison.Ordinal);
        Assert.NotNull(chosen.Model);
        Assert.InRange(chosen.PeakBytes, chosen.Model.WeightBytes, long.MaxValue);

        // A text may outlive the engine.
        var text = new CudaText(chosen.Model, 64);
        chosen.Dispose();
        text.Dispose();
    }

    /// <summary>A card whose weights are another model's stands for one that computes wrong.</summary>
    [Fact]
    public void A_card_that_computes_something_else_is_not_trusted()
    {
        using CudaDevice device = EmulatedDevice.Open();
        var config = new ModelConfig(
            120, 128, 2, 1, 64, 192, 1e-5f, 10000f, 1f / MathF.Sqrt(64), 4096, [new LayerAttention(40, Rope: true)], new PromptTokens(-1, -1, -1, -1, -1, -1, -1));
        using TritterModel model = TritterModel.Random(config, seed: 3);
        using TritterModel other = TritterModel.Random(config, seed: 4);
        using var right = new CudaModel(device, model);
        using var wrong = new CudaModel(device, other);

        CudaSelfCheck.Run(model, right);
        CudaException e = Assert.Throws<CudaException>(() => CudaSelfCheck.Run(model, wrong));

        Assert.Contains("it computes a prompt wrong", e.Message, StringComparison.Ordinal);
    }
}
