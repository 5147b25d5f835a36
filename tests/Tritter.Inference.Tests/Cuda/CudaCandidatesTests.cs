using Tritter.Inference.Cuda;
using Tritter.Inference.Generation;
using Tritter.Inference.Model;
using Tritter.Inference.Sampling;
using Tritter.Inference.Tests.Sampling;

namespace Tritter.Inference.Tests.Cuda;

/// <summary>What an (emulated) device finds for a draw, against the draw over the whole vocabulary sorted.</summary>
[Collection("Emulated device")]
public sealed class CudaCandidatesTests
{
    public static TheoryData<string> Shapes => new(LogitsToDraw.All.Keys);

    /// <summary>Vocabularies of which a block's threads have none or one, and some of more than come to the host.</summary>
    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_draw_gives_the_token_that_the_whole_vocabulary_sorted_gives(string shape)
    {
        using CudaDevice device = EmulatedDevice.Open();
        using var candidates = new CudaCandidates(device);
        var found = new List<ulong>();
        int drawn = 0;
        foreach (int count in new[] { 1, 7, 3000, 9001 })
        {
            int[] ruledOut = count < 9 ? [] : [7, 8, count - 1];
            float[] logits = LogitsToDraw.All[shape](count);
            float[] left = [.. logits];
            Array.ForEach(ruledOut, token => left[token] = float.NegativeInfinity);
            foreach (SamplingOptions options in LogitsToDraw.Options)
            {
                using CudaBuffer onDevice = device.Upload<float>(logits);
                var sampler = new Sampler(options with { Seed = 3 });
                var sorting = new SortingSampler(options with { Seed = 3 });
                for (int i = 0; i < 3; i++)
                {
                    if (candidates.Find(onDevice, count, sampler.Needs, ruledOut, found) && sampler.Choose(found) is { } token)
                    {
                        Assert.Equal(sorting.Sample(left), token);
                        drawn++;
                    }
                    else
                    {
                        // Only where there are more than come to the host, or so many equal ones.
                        Assert.Equal(9001, count);
                        break;
                    }
                }
            }
        }

        Assert.InRange(drawn, 90, 4 * 3 * LogitsToDraw.Options.Length);
    }

    /// <summary>Of many tokens with nearly the same logits a selection has to look at all bits; of equal ones too many come, and the host takes them all.</summary>
    [Fact]
    public void The_likeliest_of_many_are_found_to_the_last_bit()
    {
        using CudaDevice device = EmulatedDevice.Open();
        using var candidates = new CudaCandidates(device);
        var random = new Random(1);
        int[] order = [.. Enumerable.Range(0, 20_000)];
        random.Shuffle(order);
        float[] logits = [.. order.Select(i => BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(-2) + i))];
        using CudaBuffer onDevice = device.Upload<float>(logits);
        var found = new List<ulong>();

        foreach (int most in new[] { 1, 40, 1500, CudaCandidates.Capacity })
        {
            Assert.True(candidates.Find(onDevice, logits.Length, new CandidateLimits(-10, most), [], found));
            Assert.InRange(found.Count, most, CudaCandidates.Capacity);
            Assert.Equal(
                Enumerable.Range(0, logits.Length).OrderByDescending(i => logits[i]).Take(found.Count).Select(i => (logits[i], i)),
                found.Order().Select(f => (Candidate.Logit(f), Candidate.Token(f))));
        }

        Assert.False(candidates.Find(onDevice, logits.Length, new CandidateLimits(-10, CudaCandidates.Capacity + 1), [], found));
        using CudaBuffer equal = device.Upload<float>(new float[CudaCandidates.Capacity + 1]);
        Assert.False(candidates.Find(equal, CudaCandidates.Capacity + 1, new CandidateLimits(-10, 1), [], found));
        Assert.Empty(found);
    }

    [Fact]
    public void Generating_draws_the_tokens_that_a_sampler_draws_of_the_logits()
    {
        using CudaDevice device = EmulatedDevice.Open();
        using TritterModel model = TritterModel.Load(TinyModel.Folder);
        using var onDevice = new CudaModel(device, model);
        int[] prompt = [3, 1, 4, 1, 5], never = [.. Enumerable.Range(100, 200)];
        foreach (SamplingOptions sampling in new SamplingOptions[] { SamplingOptions.Greedy, new() { Temperature = 1, TopK = 20, TopP = 0.9f, Seed = 9 } })
        {
            var options = new GenerationOptions { MaxTokens = 4, StopTokens = new HashSet<int>(), SuppressedTokens = never, Sampling = sampling };

            // Who looks at all logits has them come to the host.
            List<int> there = Generate(model, onDevice, prompt, options), here = Generate(model, onDevice, prompt, options with { OnLogits = _ => { } });

            Assert.Equal(here, there);
            Assert.Equal(4, there.Count);
            Assert.Empty(there.Intersect(never));
        }
    }

    /// <summary>As ghost text has them: names that may follow, and how sure the model was of them.</summary>
    [Fact]
    public void Rules_and_log_probabilities_see_the_scores_of_a_card()
    {
        using CudaDevice device = EmulatedDevice.Open();
        using TritterModel model = TritterModel.Load(TinyModel.Folder);
        using var onDevice = new CudaModel(device, model);
        int[] prompt = [3, 1, 4, 1, 5], allowed = [40, 41, 200];
        var logProbabilities = new List<double>();
        var options = new GenerationOptions
        {
            MaxTokens = 3,
            StopTokens = new HashSet<int>(),
            SuppressedTokens = [41],
            LogProbabilities = logProbabilities,
            Rule = (_, logits) =>
            {
                for (int token = 0; token < logits.Length; token++)
                {
                    logits[token] = allowed.Contains(token) ? logits[token] : float.NegativeInfinity;
                }
            },
        };

        List<int> tokens = Generate(model, onDevice, prompt, options);

        using var session = new Session(model, null!, new CudaText(onDevice, 64));
        session.Read(prompt, TestContext.Current.CancellationToken);
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(session.Logits[40] >= session.Logits[200] ? 40 : 200, tokens[i]);
            Assert.Equal(session.LogProbability(tokens[i]), logProbabilities[i]);
            session.Append(tokens[i]);
        }
    }

    private static List<int> Generate(TritterModel model, CudaModel onDevice, int[] prompt, GenerationOptions options)
    {
        using var session = new Session(model, null!, new CudaText(onDevice, 64));
        var tokens = new List<int>();
        Generator.Generate(session, prompt, options, token =>
        {
            tokens.Add(token);
            return true;
        }, TestContext.Current.CancellationToken);
        return tokens;
    }
}
