using System.Runtime.InteropServices;
using Tritter.Inference.Cuda;
using Tritter.Inference.Generation;
using Tritter.Inference.Model;
using Tritter.Inference.Tests.Damage;

namespace Tritter.Inference.Tests.Cuda;

/// <summary>Texts with an adapter where an (emulated) card computes the others.</summary>
[Collection("Emulated device")]
public sealed class AdapterOnCardTests : IDisposable
{
    private const string Module = "base_model.model.model.layers.1.attention.o_proj.";

    private readonly TemporaryFolder _folder = TemporaryFolder.WithModel();
    private readonly TemporaryFolder _adapter = TemporaryFolder.Empty();
    private readonly GpuMemory _memory = new() { Driver = EmulatedDevice.Library() };

    public AdapterOnCardTests()
    {
        File.WriteAllText(Path.Combine(_adapter.Root, "adapter_config.json"), """{"peft_type":"LORA","r":1,"lora_alpha":1}""");
        byte[] numbers = MemoryMarshal.AsBytes<float>(Enumerable.Range(1, 64).Select(i => 1f / i).ToArray()).ToArray();
        var tensors = new TensorFile();
        tensors.Add(Module + "lora_A.weight", "F32", [1, 64], numbers);
        tensors.Add(Module + "lora_B.weight", "F32", [64, 1], numbers);
        tensors.Save(Path.Combine(_adapter.Root, "adapter_model.safetensors"));
    }

    [Fact]
    public void The_processor_computes_them_where_the_card_was_taken_because_it_was_there()
    {
        int[] prompt = [3, 1, 4, 1, 5];
        float[] expected = Logits(ComputeDevice.Cpu, out _);

        float[] found = Logits(ComputeDevice.Auto, out float[] without);

        Bits.AssertEqual(expected, found, "with the adapter");
        Assert.NotEqual(expected, without);

        float[] Logits(ComputeDevice device, out float[] without)
        {
            using InferenceEngine engine = InferenceEngine.Load(_folder.Root, threads: 1, device: device, gpuMemory: _memory);
            engine.Adapter = engine.LoadAdapter(_adapter.Root);
            using Session adapted = engine.OpenSession(16);
            engine.Adapter = null;
            using Session usual = engine.OpenSession(16);
            adapted.Read(prompt, TestContext.Current.CancellationToken);
            usual.Read(prompt, TestContext.Current.CancellationToken);
            without = usual.Logits.ToArray();
            Assert.Equal(device == ComputeDevice.Auto, engine.IsOnCuda);
            return adapted.Logits.ToArray();
        }
    }

    [Fact]
    public void A_card_that_was_named_refuses_them()
    {
        using InferenceEngine engine = InferenceEngine.Load(_folder.Root, threads: 1, device: ComputeDevice.Cuda, gpuMemory: _memory);
        engine.Adapter = engine.LoadAdapter(_adapter.Root);

        CudaException e = Assert.Throws<CudaException>(() => engine.OpenSession(16));

        Assert.Equal("adapters run on the processor alone so far", e.Message);
    }

    public void Dispose()
    {
        _folder.Dispose();
        _adapter.Dispose();
    }
}
