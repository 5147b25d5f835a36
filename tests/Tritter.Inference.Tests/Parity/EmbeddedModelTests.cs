using System.Text.Json;
using Tritter.Inference.Generation;
using Tritter.Inference.Kernels;
using Tritter.Inference.KvCache;
using Tritter.Inference.Model;
using Tritter.Inference.Sampling;

namespace Tritter.Inference.Tests.Parity;

/// <summary>
/// The embedded model against the PyTorch reference. Rounding to int8 amplifies float noise: the reference in float32 and in float64
/// differs from itself by 0.6-0.9 % in the logits, hence the bounds.
/// </summary>
public sealed class EmbeddedModelTests
{
    /// <summary>Two greedy tokens closer than this may change places without either being wrong.</summary>
    private const float Undecided = 0.3f;

    private static readonly string _folder = Repository.Fixture("tritter-100m");
    private static readonly JsonElement _fixture = Repository.Json(Path.Combine(_folder, "cases.json"));

    private static bool NoSimd => !FloatVectors.AreFast;

    public static TheoryData<string> Cases => new(_fixture.EnumerateObject().Select(p => p.Name));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Hidden_states_and_logits_match_the_reference(string name) => CompareWithReference(name);

    [Fact]
    public void The_likeliest_token_is_the_references_at_97_of_100_positions()
    {
        Assert.SkipWhen(NoSimd, "scalar code takes minutes for the longest prompt");
        (int Same, int All)[] cases = _fixture.EnumerateObject().Select(p => CompareWithReference(p.Name)).ToArray();
        Assert.InRange((double)cases.Sum(c => c.Same) / cases.Sum(c => c.All), 0.97, 1);
    }

    /// <summary>What rounding keys and values costs: about as much as the reference in float32 differs from itself in float64, several times over.</summary>
    [Theory]
    [InlineData(KvPrecision.Int8)]
    [InlineData(KvPrecision.Int4)]
    public void Rounded_keys_and_values_keep_the_likeliest_token_at_97_of_100_positions_and_logits_within_5_percent(KvPrecision precision)
    {
        Assert.SkipWhen(NoSimd, "scalar code takes minutes for the longest prompt");
        using SafetensorsFile expected = SafetensorsFile.Open(Path.Combine(_folder, "outputs.safetensors"));
        using TritterModel model = TritterModel.Load(Checkout.EmbeddedModel);
        using var team = new ThreadTeam(Environment.ProcessorCount);
        int same = 0, all = 0;
        foreach (JsonProperty test in _fixture.EnumerateObject())
        {
            int[] ids = test.Value.GetProperty("ids").Ints();
            int[] top = expected.Ints(test.Name + ".top5_ids");
            using Session session = Sessions.Alone(model, team, ids.Length, precision);
            for (int next = 0; next < ids.Length; next += ForwardPass.MaxChunk)
            {
                int count = Math.Min(ForwardPass.MaxChunk, ids.Length - next);
                session.Append(ids.AsSpan(next, count), LogitsOf.All);
                same += Enumerable.Range(0, count).Count(t => Sampler.Greedy(session.Logits.Slice(t * model.Config.VocabSize, model.Config.VocabSize)) == top[(next + t) * 5]);
            }

            all += ids.Length;
            Assert.InRange(Comparison.RelativeL2(session.Logits[^model.Config.VocabSize..], expected.AllFloats(test.Name + ".last_logits")), 0, 0.05);
        }

        Assert.InRange((double)same / all, 0.97, 1);
    }

    /// <returns>Positions with the reference's likeliest token, and all positions.</returns>
    private static (int Same, int All) CompareWithReference(string name)
    {
        JsonElement test = _fixture.GetProperty(name);
        int[] ids = test.GetProperty("ids").Ints();
        Assert.SkipWhen(NoSimd && ids.Length > 500, "scalar code takes minutes for this prompt");
        using SafetensorsFile expected = SafetensorsFile.Open(Path.Combine(_folder, "outputs.safetensors"));
        using TritterModel model = TritterModel.Load(Checkout.EmbeddedModel);
        using var team = new ThreadTeam(Environment.ProcessorCount);
        using Session session = Sessions.Alone(model, team, ids.Length + 64, KvPrecision.Float32);
        var layers = new LayerSums[model.Layers.Count];
        session.Forward.LayerProbe = (layer, rows) => layers[layer].Add(rows.Span, model.Config.HiddenSize);
        int[] top = expected.Ints(name + ".top5_ids");
        int same = 0;
        float[] topLogits = expected.AllFloats(name + ".top5_logits");

        for (int next = 0; next < ids.Length; next += ForwardPass.MaxChunk)
        {
            int count = Math.Min(ForwardPass.MaxChunk, ids.Length - next);
            session.Append(ids.AsSpan(next, count), LogitsOf.All);
            for (int t = 0; t < count; t++)
            {
                int best = Sampler.Greedy(session.Logits.Slice(t * model.Config.VocabSize, model.Config.VocabSize));
                int row = (next + t) * 5;
                Assert.True(best == top[row] || topLogits[row] - topLogits[row + 1] < Undecided / 2, $"token {next + t}: expected {top[row]}, found {best}");
                same += best == top[row] ? 1 : 0;
            }
        }

        JsonElement reference = test.GetProperty("hidden_after_layer");
        float[] firstLayer = reference[0].GetProperty("last_token_first8").EnumerateArray().Select(e => e.GetSingle()).ToArray();
        // One number at the edge between two int8 steps, rounded up here and down there, moves what follows by some thousandths already in the first layer;
        // a wrong formula moves all positions, which the norm below shows.
        Assert.InRange(Comparison.RelativeL2(layers[0].Last8, firstLayer), 0, 1e-2);
        for (int i = 0; i < layers.Length; i++)
        {
            // The norm of all hidden states pins every layer down; the first is nearly free of rounding's amplification.
            double l2 = reference[i].GetProperty("l2").GetDouble();
            Assert.InRange(Math.Sqrt(layers[i].SquareSum) / l2, 1 - (i == 0 ? 1e-4 : 1e-2), 1 + (i == 0 ? 1e-4 : 1e-2));
        }

        Assert.InRange(Comparison.RelativeL2(session.Logits[^model.Config.VocabSize..], expected.AllFloats(name + ".last_logits")), 0, 2e-2);
        return (same, ids.Length);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Greedy_continuation_matches_the_reference_until_two_tokens_tie(string name)
    {
        JsonElement test = _fixture.GetProperty(name);
        int[] ids = test.GetProperty("ids").Ints();
        Assert.SkipWhen(NoSimd && ids.Length > 70, "scalar code takes long for this prompt, and its hidden states are compared anyway");
        int[] expected = test.GetProperty("greedy").Ints();
        using TritterModel model = TritterModel.Load(Checkout.EmbeddedModel);
        using var team = new ThreadTeam(Environment.ProcessorCount);
        using Session session = Sessions.Alone(model, team, ids.Length + 64, KvPrecision.Float32);
        session.Read(ids, TestContext.Current.CancellationToken);
        foreach (int token in expected)
        {
            int best = Sampler.Greedy(session.Logits);
            if (session.Logits[best] - session.Logits[token] is > 0 and < Undecided)
            {
                return;
            }

            Assert.Equal(token, best);
            session.Append(token);
        }
    }

    private struct LayerSums
    {
        public double SquareSum;
        public float[] Last8;

        public void Add(ReadOnlySpan<float> rows, int hidden)
        {
            foreach (float x in rows)
            {
                SquareSum += (double)x * x;
            }

            Last8 = rows[^hidden..][..8].ToArray();
        }
    }
}
