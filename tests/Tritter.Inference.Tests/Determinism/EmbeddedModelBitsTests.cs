using Tritter.Inference.Generation;
using Tritter.Inference.Kernels;
using Tritter.Inference.KvCache;
using Tritter.Inference.Model;

namespace Tritter.Inference.Tests.Determinism;

/// <summary>What the tiny model's tests show at the embedded model's sizes.</summary>
public sealed class EmbeddedModelBitsTests
{
    private static readonly int[] _prompt = Repository.Json(Repository.Fixture("tritter-100m", "cases.json")).EnumerateObject().First().Value.GetProperty("ids").Ints().Take(80).ToArray();

    [Fact]
    public void Chunks_threads_and_cached_prefixes_give_the_same_bits()
    {
        Assert.SkipWhen(!FloatVectors.AreFast, "scalar code takes minutes at this size");
        using TritterModel model = TritterModel.Load(Checkout.EmbeddedModel);
        float[] expected = Read(model, threads: 1, [_prompt.Length]);
        Bits.AssertEqual(expected, Read(model, threads: 2, [1]), "token by token, 2 threads");
        Bits.AssertEqual(expected, Read(model, threads: 3, [7]), "chunks of 7, 3 threads");
        Bits.AssertEqual(expected, Read(model, threads: 5, [64, 3, 1]), "uneven chunks, 5 threads");

        using var team = new ThreadTeam(2);
        using Session session = Sessions.Alone(model, team, 256, KvPrecision.Int8);
        session.Read([.. _prompt[..37], .. _prompt], TestContext.Current.CancellationToken);
        Assert.Equal(37, session.Read(_prompt, TestContext.Current.CancellationToken));
        Bits.AssertEqual(expected, session.Logits, "37 tokens cached");
    }

    /// <param name="chunks">Lengths of the chunks, over and over.</param>
    private static float[] Read(TritterModel model, int threads, int[] chunks)
    {
        using var team = new ThreadTeam(threads);
        using Session session = Sessions.Alone(model, team, 256, KvPrecision.Int8);
        for (int next = 0, i = 0; next < _prompt.Length; i++)
        {
            int count = Math.Min(Math.Min(chunks[i % chunks.Length], ForwardPass.MaxChunk), _prompt.Length - next);
            session.Append(_prompt.AsSpan(next, count), LogitsOf.Last);
            next += count;
        }

        return session.Logits.ToArray();
    }
}
