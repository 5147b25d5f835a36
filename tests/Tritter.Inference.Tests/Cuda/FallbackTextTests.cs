using Tritter.Inference.Cuda;
using Tritter.Inference.Generation;
using Tritter.Inference.Tests.Damage;

namespace Tritter.Inference.Tests.Cuda;

/// <summary>An (emulated) card that fails while it computes: a launch does, and everything behind it.</summary>
[Collection("Emulated device")]
public sealed class FallbackTextTests : IDisposable
{
    private static readonly GenerationOptions _greedy = new() { MaxTokens = 5, StopTokens = new HashSet<int>() };

    private readonly TemporaryFolder _folder = TemporaryFolder.WithModel();
    private readonly GpuMemory _memory = new() { Driver = EmulatedDevice.Library() };

    /// <summary>In the prompt, before the first token's logits are there, and at a later token.</summary>
    [Theory]
    [InlineData(3)]
    [InlineData(41)]
    [InlineData(44)]
    public void A_generation_goes_on_on_the_processor_and_says_so_once(int launches)
    {
        using InferenceEngine engine = InferenceEngine.Load(_folder.Root, threads: 1, device: ComputeDevice.Auto, gpuMemory: _memory);
        var lines = new List<string>();
        engine.DeviceFailed = lines.Add;
        int[] prompt = [3, 1, 4, 1, 5];
        var tokens = new List<int>();
        using Session session = engine.OpenSession(64);

        EmulatedDevice.FailAfter(launches);
        GenerationResult result = Generator.Generate(session, prompt, _greedy, token => Add(token), TestContext.Current.CancellationToken);

        Assert.Equal(["processor: the graphics card failed: launching kernel " + (launches == 3 ? "prefill_heads_16" : "decode_16") + " failed: CUDA_ERROR_EMULATED"], lines);
        Assert.Equal((lines[0], false), (engine.Device, engine.IsOnCuda));
        Assert.Equal(5, result.GeneratedTokens);

        // What the session holds is what a processor has read: to the last bit.
        session.Append(tokens[^1]);
        using var model = new TinyModel();
        Bits.AssertEqual(model.Read([.. prompt, .. tokens]), session.Logits, "logits");
        using Session another = engine.OpenSession(64);
        another.Read(prompt, TestContext.Current.CancellationToken);
        Bits.AssertEqual(model.Read(prompt), another.Logits, "another session's logits");
        Assert.Single(lines);

        bool Add(int token)
        {
            tokens.Add(token);
            return true;
        }
    }

    /// <summary>The launch that looks for what can be drawn fails: behind the prompt, and behind the first token.</summary>
    [Theory]
    [InlineData(42)]
    [InlineData(44)]
    public void A_draw_goes_on_on_the_processor(int launches)
    {
        using InferenceEngine engine = InferenceEngine.Load(_folder.Root, threads: 1, device: ComputeDevice.Auto, gpuMemory: _memory);
        using Session session = engine.OpenSession(64);
        int[] prompt = [3, 1, 4, 1, 5];
        var tokens = new List<int>();

        EmulatedDevice.FailAfter(launches);
        GenerationOptions drawing = _greedy with { SuppressedTokens = [17], Sampling = new() { Temperature = 1, TopK = 300, Seed = 4 } };
        Generator.Generate(session, prompt, drawing, token =>
        {
            tokens.Add(token);
            return true;
        }, TestContext.Current.CancellationToken);

        Assert.Equal("processor: the graphics card failed: launching kernel sample_candidates failed: CUDA_ERROR_EMULATED", engine.Device);
        Assert.Equal(5, tokens.Count);
        Assert.DoesNotContain(17, tokens);
        using var model = new TinyModel();
        session.Append(tokens[^1]);
        Bits.AssertEqual(model.Read([.. prompt, .. tokens]), session.Logits, "logits");
    }

    [Fact]
    public void Texts_that_are_on_the_card_and_those_that_are_opened_on_it_afterwards_go_on_too()
    {
        using InferenceEngine engine = InferenceEngine.Load(_folder.Root, threads: 1, device: ComputeDevice.Auto, gpuMemory: _memory);
        using InferenceEngine other = InferenceEngine.Load(_folder.Root, threads: 1, device: ComputeDevice.Auto, gpuMemory: _memory);
        using Session first = engine.OpenSession(64);
        using Session second = engine.OpenSession(64);
        second.Read([1, 2], TestContext.Current.CancellationToken);
        int lines = 0;
        engine.DeviceFailed = _ => lines++;
        using InferenceEngine failing = InferenceEngine.Load(_folder.Root, threads: 1, device: ComputeDevice.Auto, gpuMemory: _memory);
        using Session failed = failing.OpenSession(64);
        EmulatedDevice.FailAfter(0);
        failed.Read([1], TestContext.Current.CancellationToken);

        first.Read([1, 2, 3], TestContext.Current.CancellationToken);
        using var model = new TinyModel();
        Bits.AssertEqual(model.Read([1, 2]), second.Logits, "logits that were not fetched before");
        second.Append(3);
        using Session third = other.OpenSession(64);
        third.Read([1, 2, 3], TestContext.Current.CancellationToken);

        Assert.Equal(1, lines);
        Bits.AssertEqual(first.Logits, second.Logits, "logits");
        Assert.Equal("processor: the graphics card failed: choosing the device failed: CUDA_ERROR_EMULATED", other.Device);
        Bits.AssertEqual(first.Logits, third.Logits, "logits");
    }

    [Fact]
    public void A_card_that_was_named_is_an_error()
    {
        using InferenceEngine engine = InferenceEngine.Load(_folder.Root, threads: 1, device: ComputeDevice.Cuda, gpuMemory: _memory);
        using Session session = engine.OpenSession(64);
        EmulatedDevice.FailAfter(3);

        CudaException e = Assert.Throws<CudaException>(() => session.Read([3, 1, 4, 1, 5], CancellationToken.None));

        Assert.Equal("launching kernel prefill_heads_16 failed: CUDA_ERROR_EMULATED", e.Message);
        Assert.True(engine.IsOnCuda);
    }

    public void Dispose()
    {
        EmulatedDevice.FailAfter(-1);
        _folder.Dispose();
    }
}
