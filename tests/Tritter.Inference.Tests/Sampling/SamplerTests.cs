using Tritter.Inference.Sampling;

namespace Tritter.Inference.Tests.Sampling;

public sealed class SamplerTests
{
    private const int Draws = 20_000;
    private const float None = float.NegativeInfinity;

    /// <summary>Natural logarithms of 0.5, 0.25, 0.125, 0.0625, 0.0625, in another order.</summary>
    private static readonly float[] _logits = [MathF.Log(0.0625f), MathF.Log(0.5f), MathF.Log(0.125f), MathF.Log(0.25f), MathF.Log(0.0625f)];

    /// <summary>Options and the probabilities that they make of <see cref="_logits"/>.</summary>
    private static readonly Dictionary<string, (SamplingOptions Options, double[] Expected)> _distributions = new()
    {
        ["temperature 1"] = (new() { Temperature = 1 }, [0.0625, 0.5, 0.125, 0.25, 0.0625]),
        ["temperature 2"] = (new() { Temperature = 2 }, Normalized(0.25, Math.Sqrt(0.5), Math.Sqrt(0.125), 0.5, 0.25)),
        ["temperature 0.5"] = (new() { Temperature = 0.5f }, Normalized(0.0625 * 0.0625, 0.25, 0.125 * 0.125, 0.0625, 0.0625 * 0.0625)),
        ["a tiny temperature"] = (new() { Temperature = 1e-30f }, [0, 1, 0, 0, 0]),
        ["top-k 1"] = (new() { Temperature = 1, TopK = 1 }, [0, 1, 0, 0, 0]),
        ["top-k 3"] = (new() { Temperature = 1, TopK = 3 }, Normalized(0, 0.5, 0.125, 0.25, 0)),
        ["top-k 4 keeps the first of two that tie"] = (new() { Temperature = 1, TopK = 4 }, Normalized(0.0625, 0.5, 0.125, 0.25, 0)),
        ["top-k beyond the vocabulary"] = (new() { Temperature = 1, TopK = 99 }, [0.0625, 0.5, 0.125, 0.25, 0.0625]),
        ["top-p 0"] = (new() { Temperature = 1, TopP = 0 }, [0, 1, 0, 0, 0]),
        ["top-p 0.49"] = (new() { Temperature = 1, TopP = 0.49f }, [0, 1, 0, 0, 0]),
        ["top-p 0.7"] = (new() { Temperature = 1, TopP = 0.7f }, Normalized(0, 0.5, 0, 0.25, 0)),
        ["top-p 0.8"] = (new() { Temperature = 1, TopP = 0.8f }, Normalized(0, 0.5, 0.125, 0.25, 0)),
        ["top-p after temperature"] = (new() { Temperature = 0.5f, TopP = 0.7f }, [0, 1, 0, 0, 0]),
        ["min-p 1"] = (new() { Temperature = 1, MinP = 1 }, [0, 1, 0, 0, 0]),
        ["min-p 0.2"] = (new() { Temperature = 1, MinP = 0.2f }, Normalized(0, 0.5, 0.125, 0.25, 0)),
        ["min-p 0.6"] = (new() { Temperature = 1, MinP = 0.6f }, [0, 1, 0, 0, 0]),
        ["min-p after temperature"] = (new() { Temperature = 2, MinP = 0.6f }, Normalized(0, Math.Sqrt(0.5), 0, 0.5, 0)),
        ["top-p of what top-k leaves"] = (new() { Temperature = 1, TopK = 2, TopP = 0.6f }, [0, 1, 0, 0, 0]),
    };

    public static TheoryData<string> Distributions => new(_distributions.Keys);

    [Theory]
    [MemberData(nameof(Distributions))]
    public void Tokens_are_drawn_as_often_as_their_probability_says(string name)
    {
        (SamplingOptions options, double[] expected) = _distributions[name];
        var sampler = new Sampler(options with { Seed = 42 });
        var counts = new int[expected.Length];
        for (int i = 0; i < Draws; i++)
        {
            counts[sampler.Sample(_logits)]++;
        }

        for (int token = 0; token < expected.Length; token++)
        {
            // Four standard deviations at most are 0.014; what was filtered is never drawn.
            Assert.Equal(expected[token], (double)counts[token] / Draws, expected[token] is 0 or 1 ? 0 : 0.015);
        }
    }

    [Theory]
    [InlineData(new[] { 1f, 3, 2 }, 1)]
    [InlineData(new[] { 3f, 1, 3 }, 0)]
    [InlineData(new[] { None, 2, 2 }, 1)]
    [InlineData(new[] { float.NaN, -5, float.NaN }, 1)]
    [InlineData(new[] { -1f, float.PositiveInfinity, 1 }, 1)]
    [InlineData(new[] { float.MinValue, None }, 0)]
    [InlineData(new[] { None, None }, -1)]
    [InlineData(new[] { float.NaN, None, float.NaN }, -1)]
    [InlineData(new float[0], -1)]
    public void The_first_largest_number_wins_however_cold_it_is(float[] logits, int expected)
    {
        Assert.Equal(expected, Sampler.Greedy(logits));
        Assert.Equal(expected, new Sampler(SamplingOptions.Greedy).Sample(logits));
        Assert.Equal(expected, new Sampler(new() { Temperature = 1, TopK = 1 }).Sample(logits));
    }

    public static TheoryData<string> Shapes => new(LogitsToDraw.All.Keys);

    [Theory]
    [MemberData(nameof(Shapes))]
    public void The_token_is_the_one_that_the_whole_vocabulary_sorted_gives(string shape)
    {
        foreach (int count in new[] { 1, 7, 3000 })
        {
            float[] logits = LogitsToDraw.All[shape](count);
            foreach (SamplingOptions options in LogitsToDraw.Options)
            {
                var sampler = new Sampler(options with { Seed = 5 });
                var sorting = new SortingSampler(options with { Seed = 5 });
                for (int i = 0; i < 20; i++)
                {
                    Assert.Equal(sorting.Sample(logits), sampler.Sample(logits));
                }
            }
        }
    }

    [Fact]
    public void A_draw_that_comes_to_the_end_of_the_likelier_tokens_goes_on_with_the_others()
    {
        float[] logits = LogitsToDraw.All["rounding"](3000);
        var options = new SamplingOptions { Temperature = 1 };
        int found = 0;
        for (ulong seed = 0; found < 5; seed++)
        {
            if (new SortingSampler(options with { Seed = seed }).NextUniform() < 0.99999f)
            {
                continue;
            }

            var sampler = new Sampler(options with { Seed = seed });
            var sorting = new SortingSampler(options with { Seed = seed });
            int token = sampler.Sample(logits);
            Assert.Equal(sorting.Sample(logits), token);
            // Nothing was drawn twice for it.
            Assert.Equal(sorting.Sample(logits), sampler.Sample(logits));
            found += logits[token] < -17 ? 1 : 0;
        }
    }

    [Fact]
    public void What_is_ruled_out_is_never_drawn()
    {
        var sampler = new Sampler(new() { Temperature = 100 });
        float[] logits = [None, 0, float.NaN, 1, None];
        Assert.All(Enumerable.Range(0, 1000), _ => Assert.Contains(sampler.Sample(logits), new[] { 1, 3 }));
    }

    [Fact]
    public void An_infinite_logit_is_certain()
    {
        var sampler = new Sampler(new() { Temperature = 1 });
        Assert.All(Enumerable.Range(0, 100), _ => Assert.Equal(1, sampler.Sample([0, float.PositiveInfinity, 5])));
    }

    [Fact]
    public void The_same_seed_gives_the_same_tokens()
    {
        Assert.Equal(Tokens(7), Tokens(7));
        Assert.NotEqual(Tokens(7), Tokens(8));
    }

    [Fact]
    public void Greedy_ignores_the_other_options() =>
        Assert.Equal(1, new Sampler(new() { Temperature = 0, TopK = 1, TopP = 0, MinP = 1, Seed = 3 }).Sample(_logits));

    [Fact]
    public void A_sampler_takes_vocabularies_of_any_size_in_turn()
    {
        var sampler = new Sampler(new() { Temperature = 1 });
        Assert.Equal(0, sampler.Sample([1]));
        Assert.InRange(sampler.Sample(new float[1000]), 0, 999);
        Assert.All(Enumerable.Range(0, 100), _ => Assert.InRange(sampler.Sample([1, 1]), 0, 1));
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        Action[] bad =
        [
            () => _ = new SamplingOptions { Temperature = -0.1f },
            () => _ = new SamplingOptions { Temperature = float.NaN },
            () => _ = new SamplingOptions { Temperature = float.PositiveInfinity },
            () => _ = new SamplingOptions { TopK = -1 },
            () => _ = new SamplingOptions { TopP = 1.1f },
            () => _ = new SamplingOptions { TopP = -0.1f },
            () => _ = new SamplingOptions { TopP = float.NaN },
            () => _ = new SamplingOptions { MinP = 2 },
            () => _ = new SamplingOptions { MinP = float.NaN },
        ];
        Assert.All(bad, create => Assert.Throws<ArgumentOutOfRangeException>(create));
    }

    private static int[] Tokens(ulong seed)
    {
        var sampler = new Sampler(new() { Temperature = 1, Seed = seed });
        return Enumerable.Range(0, 50).Select(_ => sampler.Sample(_logits)).ToArray();
    }

    private static double[] Normalized(params double[] weights) => weights.Select(w => w / weights.Sum()).ToArray();
}
