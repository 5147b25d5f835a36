using Tritter.Inference.Cuda;
using Tritter.Inference.Generation;
using Tritter.Inference.Kernels;
using Tritter.Inference.KvCache;
using Tritter.Inference.Model;
using Tritter.Inference.Tests.Parity;

namespace Tritter.Inference.Tests.Cuda;

/// <summary>Shapes of models and of (emulated) cards that are unlike those at hand.</summary>
[Collection("Emulated device")]
public sealed class CudaShapesTests
{
    /// <param name="processors">Multiprocessors of the card.</param>
    /// <param name="window">Of the first layer; the second one sees all.</param>
    /// <param name="prompt">Tokens before those that come one by one; none begins at position 0.</param>
    [Theory]
    [InlineData(8, 64, 8, 1, 64, 64, 40, 100)] // eight queries a key head
    [InlineData(8, 64, 4, 4, 64, 64, 1, 33)]   // one query a key head; a window of the token alone
    [InlineData(90, 64, 1, 1, 64, 60, 7, 40)]  // more blocks than rows, and than parts of the positions
    [InlineData(40, 196, 3, 1, 64, 100, 31, 0)] // rows that end inside a piece; position 0
    [InlineData(2, 132, 2, 1, 128, 140, 32, 300)]
    public void A_shape_has_the_processors_logits_but_for_rounding(int processors, int hidden, int heads, int kvHeads, int headDim, int intermediate, int window, int prompt)
    {
        using CudaDevice device = EmulatedDevice.Open(processors);
        ModelConfig config = Config(hidden, heads, kvHeads, headDim, intermediate, new LayerAttention(window, Rope: true), new LayerAttention(int.MaxValue, Rope: false));
        using TritterModel model = TritterModel.Random(config, seed: 3);
        using var team = new ThreadTeam(1);
        using Session expected = Sessions.Alone(model, team, 512, KvPrecision.Int8);
        using var onDevice = new CudaModel(device, model);
        using var text = new CudaText(onDevice, 512);
        int[] ids = [.. TinyModel.Prompt(prompt + 3).Select(i => i % config.VocabSize)];
        if (prompt > 0)
        {
            text.Run(ids.AsSpan(0, prompt), LogitsOf.Last, CancellationToken.None);
            expected.Read(ids.AsSpan(0, prompt), CancellationToken.None);
            Assert.InRange(Comparison.RelativeL2(text.Logits, expected.Logits), 0, 4e-2);
        }

        foreach (int token in ids[prompt..])
        {
            text.Run([token], LogitsOf.Last, CancellationToken.None);
            expected.Append(token);
            Assert.InRange(Comparison.RelativeL2(text.Logits, expected.Logits), 0, 4e-2);
        }
    }

    /// <summary>Fewer slots for what is brought to a block, down to the fewest with which each warp finds what it waits for.</summary>
    /// <param name="kilobytes">Shared memory of a multiprocessor that is enough, and too little.</param>
    [Theory]
    [InlineData(128, KvPrecision.Int8, 77, 75)]
    [InlineData(64, KvPrecision.Int4, 71, 66)]
    [InlineData(128, KvPrecision.Int4, 100, 75)]
    [InlineData(128, KvPrecision.Int4, 80, 75)]
    public void Logits_have_the_same_bits_with_less_shared_memory_until_it_is_too_little(int headDim, KvPrecision precision, int kilobytes, int tooLittle)
    {
        using TritterModel model = TritterModel.Random(Config(64, 1, 1, headDim, 64, new LayerAttention(int.MaxValue, Rope: true)), seed: 3);

        float[] expected = Logits(model, precision, 227);

        Bits.AssertEqual(expected, Logits(model, precision, kilobytes), "logits");
        CudaException e = Assert.Throws<CudaException>(() => Logits(model, precision, tooLittle));
        Assert.StartsWith($"a multiprocessor's {tooLittle} KiB of shared memory do not hold a token of this model", e.Message, StringComparison.Ordinal);
    }

    /// <summary>Of two tokens behind 710: for each warp several stretches, and pages of which the last round has two.</summary>
    private static float[] Logits(TritterModel model, KvPrecision precision, int kilobytes)
    {
        using CudaDevice device = EmulatedDevice.Open(processors: 1, kilobytes);
        using var onDevice = new CudaModel(device, model);
        using var text = new CudaText(onDevice, 1024, precision: precision);
        int[] ids = [.. TinyModel.Prompt(710).Select(i => i % model.Config.VocabSize)];
        text.Run(ids, LogitsOf.None, CancellationToken.None);
        var logits = new List<float>();
        foreach (int token in new[] { 5, 9 })
        {
            text.Run([token], LogitsOf.Last, CancellationToken.None);
            logits.AddRange(text.Logits);
        }

        return [.. logits];
    }

    private static ModelConfig Config(int hidden, int heads, int kvHeads, int headDim, int intermediate, params LayerAttention[] layers) => new(
        120, hidden, heads, kvHeads, headDim, intermediate, 1e-5f, 10000f, 1f / MathF.Sqrt(headDim), 4096, layers, new PromptTokens(-1, -1, -1, -1, -1, -1, -1));
}
