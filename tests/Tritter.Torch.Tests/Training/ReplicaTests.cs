using Tritter.Torch.Model;
using Tritter.Torch.Native;
using Tritter.Torch.Packing;
using Tritter.Torch.Training;
using static TorchSharp.torch;

namespace Tritter.Torch.Tests.Training;

public sealed class ReplicaTests : IDisposable
{
    private readonly TinyRun _run = new();

    public ReplicaTests() => TorchLibraries.Load();

    public void Dispose() => _run.Dispose();

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Several_replicas_together_have_the_gradients_of_one_that_sees_all_sequences(int count)
    {
        (ushort[], TokenMarks[])[] sequences = Sequences(12);
        using Latents alone = TinyRun.Latents(1);
        using Latents divided = TinyRun.Latents(1);
        using Replicas one = TinyRun.Replicas(alone, 1);
        using Replicas several = TinyRun.Replicas(divided, count);
        (double loss, double norm, long tokens) = one.Step(sequences, 2, 3);
        (double Loss, double Norm, long Tokens) found = several.Step(sequences, 2, 3);
        Assert.Equal(loss, found.Loss, 1e-5);
        Assert.Equal(norm, found.Norm, 1e-4 * norm);
        Assert.Equal(tokens, found.Tokens);
        foreach (((string name, Tensor expected), (_, Tensor sum)) in one.Gradients.All.Zip(several.Gradients.All))
        {
            double error = (sum - expected).norm().item<float>() / expected.norm().item<float>();
            Assert.True(error < 1e-4, $"{name}: relative difference {error}");
        }

        // One half of the sequences gives others.
        one.Forget();
        one.Step(sequences[..6], 2, 3);
        Assert.True((one.Gradients.Gate - several.Gradients.Gate).norm().item<float>() > 1e-2 * several.Gradients.Gate.norm().item<float>());
    }

    [Fact]
    public void A_run_on_two_replicas_is_that_on_one_and_both_stay_equal()
    {
        using Latents alone = TinyRun.Latents(1);
        using Latents divided = TinyRun.Latents(1);
        using (Replicas one = TinyRun.Replicas(alone, 1))
        using (Trainer trainer = _run.Trainer(one, "one", 8, TextWriter.Null))
        {
            trainer.Run(CancellationToken.None);
        }

        using (Replicas two = TinyRun.Replicas(divided, 2))
        using (Trainer trainer = _run.Trainer(two, "two", 8, TextWriter.Null))
        {
            trainer.Run(CancellationToken.None);
            // Each tensor lies with its owner; the first replica got copies of what the second owns.
            Assert.All(two.Owned.All.Zip(two.Latents.All), p => Assert.True(p.First.Tensor.equal(p.Second.Tensor).all().item<bool>(), p.First.Name));
        }

        using Latents start = TinyRun.Latents(1);
        foreach (((string name, Tensor a), (_, Tensor b), (_, Tensor before)) in alone.All.Zip(divided.All, start.All))
        {
            // Rounding to a ternary weight may fall to the other side of half where sums were added in another order.
            double moved = (a - before).norm().item<float>();
            Assert.True((a - b).norm().item<float>() < 0.2 * moved, $"{name}: went {moved}, differs by {(a - b).norm().item<float>()}");
        }
    }

    private (ushort[], TokenMarks[])[] Sequences(int count)
    {
        var data = new TokenData(_run.Data);
        return [.. Enumerable.Range(0, count).Select(_ => data.Next())];
    }
}
