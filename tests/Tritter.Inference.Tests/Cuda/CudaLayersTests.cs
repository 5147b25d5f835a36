using Tritter.Inference.Cuda;
using Tritter.Inference.Generation;
using Tritter.Inference.Model;

namespace Tritter.Inference.Tests.Cuda;

/// <summary>Layers that come from host memory while others are computed: the logits of a model that is on the (emulated) device as a whole, in its memory.</summary>
[Collection("Emulated device")]
public sealed class CudaLayersTests
{
    private const int Processors = 4;

    private static float[]? _whole;

    private static readonly ModelConfig _config = new(
        120, 64, 4, 2, 16, 64, 1e-5f, 10000f, 0.25f, 4096,
        [.. Enumerable.Range(0, 8).Select(i => new LayerAttention(i % 3 == 0 ? int.MaxValue : 4, Rope: i != 3))], new PromptTokens(-1, -1, -1, -1, -1, -1, -1));

    /// <param name="late">The stream that does nothing before it is waited for: 0 computes, 1 copies.</param>
    [Theory]
    [InlineData(0, 1, 0)]
    [InlineData(0, 2, 1)]
    [InlineData(0, 3, 0)]
    [InlineData(0, 3, 1)]
    [InlineData(1, 1, 1)]
    [InlineData(1, 2, 0)]
    [InlineData(1, 3, 1)]
    public void Streamed_layers_give_the_same_logits_whichever_stream_is_late(int resident, int group, int late)
    {
        using TritterModel model = TritterModel.Random(_config, seed: 6);
        float[] expected = _whole ??= Logits(model, new GpuMemory(), late: -1, "");

        float[] actual = Logits(model, new GpuMemory(Budget(resident, group), group), late, $"{8 - resident} of 8 layers streamed from host memory in groups of {group}");

        Bits.AssertEqual(expected, actual, "logits");
    }

    [Fact]
    public void A_pass_that_failed_half_way_is_followed_by_a_right_one()
    {
        using TritterModel model = TritterModel.Random(_config, seed: 6);
        EmulatedDevice.Library();
        using CudaDevice device = EmulatedDevice.Open();
        using var onDevice = new CudaModel(device, model, new GpuMemory(Budget(0, 2), 2));
        using var text = new CudaText(onDevice, 64);
        text.Run([1, 2, 3], LogitsOf.Last, CancellationToken.None);
        float[] expected = text.Logits.ToArray();
        text.Truncate(0);

        onDevice.Layers.Begin(0);
        onDevice.Layers.End(1);
        text.Run([1, 2, 3], LogitsOf.Last, CancellationToken.None);

        Bits.AssertEqual(expected, text.Logits, "logits");
    }

    [Theory]
    [InlineData(8, null, 8, 0)]
    [InlineData(7, null, 1, 3)]
    [InlineData(7, 1, 5, 1)]
    [InlineData(4, null, 0, 2)]
    [InlineData(2, null, 0, 1)]
    public void As_many_layers_stay_as_the_budget_has_room_for(int room, int? group, int resident, int chosen)
    {
        CudaPlacement placement = CudaPlacement.For(_config, Budget(room, 0), group, Processors);

        Assert.Equal(new CudaPlacement(8, resident, chosen), placement);
    }

    [Fact]
    public void A_budget_for_less_than_two_layers_is_refused_with_what_is_needed()
    {
        CudaException e = Assert.Throws<CudaException>(() => CudaPlacement.For(_config, Budget(2, 0) - 1, null, Processors));

        Assert.StartsWith("the model needs 0.0", e.Message, StringComparison.Ordinal);
        Assert.Throws<CudaException>(() => CudaPlacement.For(_config, Budget(3, 0), 2, Processors));
    }

    /// <summary>Of so many layers that stay, and two groups.</summary>
    private static long Budget(int resident, int group)
    {
        EmulatedDevice.Library();
        return CudaMemory.FixedBytes(_config, Processors, CudaPlacement.Buffers) + (resident + CudaPlacement.Buffers * group) * CudaLayer.MatrixBytes(_config);
    }

    /// <summary>Of a prompt's tokens, the likeliest of the last, and of tokens one by one.</summary>
    private static float[] Logits(TritterModel model, GpuMemory memory, int late, string placement)
    {
        EmulatedDevice.MakeLazy(late);
        try
        {
            using CudaDevice device = EmulatedDevice.Open();
            using var onDevice = new CudaModel(device, model, memory);
            Assert.InRange(device.PeakBytes, 1, memory.Budget ?? long.MaxValue);
            Assert.Equal(placement, onDevice.Layers.Placement.IsWhole ? "" : onDevice.Layers.Placement.ToString());
            using var text = new CudaText(onDevice, 64);
            text.Run([3, 1, 4], LogitsOf.All, CancellationToken.None);
            var logits = new List<float>();
            logits.AddRange(text.Logits);
            text.Run([1, 5], LogitsOf.Last, CancellationToken.None);
            logits.Add(text.Likeliest);
            logits.AddRange(text.Logits);
            foreach (int token in new[] { 9, 2 })
            {
                text.Run([token], LogitsOf.Last, CancellationToken.None);
                logits.AddRange(text.Logits);
            }

            return [.. logits];
        }
        finally
        {
            EmulatedDevice.MakeLazy(-1);
        }
    }
}
