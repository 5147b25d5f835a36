using Tritter.Inference.Benchmark;
using Tritter.Inference.Cuda;
using Tritter.Inference.KvCache;
using Tritter.Inference.Model;

namespace Tritter.Inference.Tests.Cuda;

/// <summary>Planned bytes against what is allocated on the (emulated) device.</summary>
[Collection("Emulated device")]
public sealed class CudaMemoryTests
{
    [Theory]
    [InlineData(64, 4, 2, 16, 64, 120)]
    [InlineData(132, 5, 1, 64, 200, 67)]
    public void What_is_planned_is_allocated(int hidden, int heads, int kvHeads, int headDim, int intermediate, int vocabulary)
    {
        const int Positions = 5000;
        using CudaDevice device = EmulatedDevice.Open();
        var config = new ModelConfig(
            vocabulary, hidden, heads, kvHeads, headDim, intermediate, 1e-5f, 10000f, 0.25f, 8192,
            [.. Enumerable.Repeat(new LayerAttention(int.MaxValue, Rope: true), 7)], new PromptTokens(-1, -1, -1, -1, -1, -1, -1));
        using TritterModel model = TritterModel.Random(config, seed: 2);
        CudaMemory plan = CudaMemory.Of(config, Positions, device.Processors);

        using (var onDevice = new CudaModel(device, model))
        {
            Assert.Equal(plan.Total - plan.KvInt8, device.AllocatedBytes);
            foreach ((KvPrecision precision, long kv, long total) in new[] { (KvPrecision.Int8, plan.KvInt8, plan.Total), (KvPrecision.Int4, plan.KvInt4, plan.TotalInt4) })
            {
                using var text = new CudaText(onDevice, Positions, precision: precision);
                text.Seek(new int[Positions - 1]);
                Assert.Equal(total, device.AllocatedBytes);
                Assert.Equal(kv, text.KvBytes);
            }
        }

        // With layers streamed a budget is kept to the last byte.
        long budget = CudaMemory.FixedBytes(config, device.Processors, CudaPlacement.Buffers) + 5 * CudaLayer.MatrixBytes(config);
        using var streamed = new CudaModel(device, model, new GpuMemory(budget, LayerGroup: 2));
        Assert.Equal(budget, device.AllocatedBytes);
        long all = CudaMemory.Of(config, Positions).Total;
        Assert.Equal(0, CudaMemory.StreamedLayers(config, Positions, all));
        Assert.InRange(CudaMemory.StreamedLayers(config, Positions, all - 1) ?? 0, 1, 7);
        Assert.Null(CudaMemory.StreamedLayers(config, Positions, plan.KvInt8));
    }

    /// <summary>4.5 bits an element, a page of int8 for each 4,096 positions, and int8 of the newest ones.</summary>
    [Fact]
    public void A_long_text_of_the_7B_shape_takes_half_the_memory_with_int4()
    {
        var memory = CudaMemory.Of(BenchmarkShapes.SevenBillion, 128 << 10);
        const long Position = 32 * 8 * 2, Int8 = Position * (128 + 4);

        Assert.Equal((128 << 10) * (Position * (64 + 8)) + (64 + 64 + 1536 + 1024 + 32 * 64) * Int8, memory.KvInt4);
        Assert.InRange(memory.TotalInt4, 0, 8_000_000_000);
    }
}
