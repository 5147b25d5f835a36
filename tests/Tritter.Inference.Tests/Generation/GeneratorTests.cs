using Tritter.Inference.Generation;
using Tritter.Inference.Sampling;

namespace Tritter.Inference.Tests.Generation;

/// <summary>The decode loop on the tiny model, whose choices a rule plays from a script where the test needs it.</summary>
public sealed class GeneratorTests : IDisposable
{
    private static readonly int[] _prompt = TinyModel.Prompt(10);
    private static readonly GenerationOptions _plain = new() { MaxTokens = 5, StopTokens = new HashSet<int>() };

    private readonly TinyModel _model = new();

    [Fact]
    public void Tokens_are_reported_until_the_budget_is_used_up()
    {
        (GenerationResult result, List<int> tokens) = Generate(_plain);
        Assert.Equal(5, tokens.Count);
        Assert.Equal((StopReason.Length, 10, 0, 5), (result.Reason, result.PromptTokens, result.CachedTokens, result.GeneratedTokens));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void The_smallest_budgets_are_kept(int budget)
    {
        (GenerationResult result, List<int> tokens) = Generate(_plain with { MaxTokens = budget });
        Assert.Equal((StopReason.Length, budget, budget), (result.Reason, result.GeneratedTokens, tokens.Count));
    }

    [Fact]
    public void A_negative_budget_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => _plain with { MaxTokens = -1 });

    [Fact]
    public void A_budget_without_limit_ends_at_a_stop_token()
    {
        (GenerationResult result, List<int> tokens) = Generate(Script(7, 8, 9) with { MaxTokens = int.MaxValue, StopTokens = new HashSet<int> { 9 } });
        Assert.Equal([7, 8], tokens);
        Assert.Equal((StopReason.StopToken, 2), (result.Reason, result.GeneratedTokens));
    }

    [Fact]
    public void A_stop_token_at_once_reports_nothing()
    {
        (GenerationResult result, List<int> tokens) = Generate(Script(3, 4) with { StopTokens = new HashSet<int> { 3 } });
        Assert.Empty(tokens);
        Assert.Equal((StopReason.StopToken, 0), (result.Reason, result.GeneratedTokens));
    }

    [Fact]
    public void Suppressed_tokens_are_never_chosen()
    {
        var all = new HashSet<int>();
        for (int round = 0; round < 20; round++)
        {
            (_, List<int> tokens) = Generate(_plain with { SuppressedTokens = [.. all] });
            Assert.Empty(all.Intersect(tokens));
            all.UnionWith(tokens);
        }
    }

    [Fact]
    public void Nothing_left_to_choose_ends_the_generation()
    {
        (GenerationResult result, List<int> tokens) = Generate(_plain with { SuppressedTokens = [.. Enumerable.Range(0, _model.Config.VocabSize)] });
        Assert.Empty(tokens);
        Assert.Equal(StopReason.NoToken, result.Reason);
    }

    [Fact]
    public void A_rule_sees_what_was_generated_and_decides()
    {
        var seen = new List<int[]>();
        LogitsRule script = Script(11, 12, 13).Rule!;
        (_, List<int> tokens) = Generate(_plain with
        {
            MaxTokens = 3,
            Rule = (generated, logits) =>
            {
                seen.Add(generated.ToArray());
                Assert.Equal(_model.Config.VocabSize, logits.Length);
                script(generated, logits);
            },
        });
        Assert.Equal([11, 12, 13], tokens);
        Assert.Equal([[], [11], [11, 12]], seen);
    }

    [Fact]
    public void The_models_own_logits_are_shown_before_anything_is_ruled_out()
    {
        var shown = new List<float[]>();
        GenerationOptions watched = Script(11, 12, 13) with
        {
            SuppressedTokens = [1, 2, 3],
            StopTokens = new HashSet<int> { 13 },
            OnLogits = logits => shown.Add(logits.ToArray()),
        };

        Assert.Equal([11, 12], Generate(watched).Tokens);

        Assert.Equal(3, shown.Count);
        for (int i = 0; i < shown.Count; i++)
        {
            Bits.AssertEqual(_model.Read([.. _prompt, .. new[] { 11, 12 }.Take(i)]), shown[i], $"step {i + 1}");
        }
    }

    [Fact]
    public void The_caller_ends_the_generation_with_the_token_just_reported()
    {
        using Session session = _model.OpenSession();
        int reported = 0;
        GenerationResult result = Generator.Generate(session, _prompt, _plain, _ => ++reported < 2, TestContext.Current.CancellationToken);
        Assert.Equal((StopReason.Caller, 2, 2), (result.Reason, result.GeneratedTokens, reported));
    }

    [Theory]
    [InlineData(10, 1)]
    [InlineData(11, 2)]
    [InlineData(13, 4)]
    public void A_full_session_ends_the_generation(int capacity, int expected)
    {
        using Session session = _model.OpenSession(capacity);
        int reported = 0;
        GenerationResult result = Generator.Generate(session, _prompt, _plain, _ => ++reported > 0, TestContext.Current.CancellationToken);
        // The last token needs no room: nothing is computed from it.
        Assert.Equal((StopReason.Length, expected, expected), (result.Reason, result.GeneratedTokens, reported));
    }

    [Fact]
    public void Cancelled_before_the_prompt_is_read_reads_nothing()
    {
        using Session session = _model.OpenSession();
        Assert.Throws<OperationCanceledException>(() => Generator.Generate(session, _prompt, _plain, _ => true, new CancellationToken(canceled: true)));
        Assert.Empty(session.Tokens);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void Cancelled_while_decoding_reports_no_further_token(int step)
    {
        using Session session = _model.OpenSession();
        using var cancellation = new CancellationTokenSource();
        var tokens = new List<int>();
        Assert.Throws<OperationCanceledException>(() => Generator.Generate(session, _prompt, _plain, token =>
        {
            tokens.Add(token);
            if (tokens.Count == step)
            {
                cancellation.Cancel();
            }

            return true;
        }, cancellation.Token));
        Assert.Equal(step, tokens.Count);

        // What was read stays usable, and says the same as before.
        List<int> again = [];
        Generator.Generate(session, _prompt, _plain, token =>
        {
            again.Add(token);
            return true;
        }, TestContext.Current.CancellationToken);
        Assert.Equal(tokens, again[..step]);
    }

    [Fact]
    public void The_generated_text_is_cached_for_a_prompt_that_goes_on_from_it()
    {
        using Session session = _model.OpenSession();
        var tokens = new List<int>();
        Generator.Generate(session, _prompt, _plain, token =>
        {
            tokens.Add(token);
            return true;
        }, TestContext.Current.CancellationToken);
        int[] longer = [.. _prompt, .. tokens, 1, 2, 3];
        GenerationResult result = Generator.Generate(session, longer, _plain, _ => true, TestContext.Current.CancellationToken);
        // The last token was reported and never read.
        Assert.Equal(14, result.CachedTokens);
    }

    [Fact]
    public void Sampling_with_a_seed_repeats_itself()
    {
        GenerationOptions warm = _plain with { MaxTokens = 20, Sampling = new SamplingOptions { Temperature = 1.5f, Seed = 9 } };
        Assert.Equal(Generate(warm).Tokens, Generate(warm).Tokens);
        Assert.NotEqual(Generate(warm).Tokens, Generate(warm with { Sampling = warm.Sampling with { Seed = 10 } }).Tokens);
    }

    public void Dispose() => _model.Dispose();

    /// <summary>Options under which the model says these tokens one after another.</summary>
    private static GenerationOptions Script(params int[] tokens) => _plain with
    {
        Rule = (generated, logits) =>
        {
            logits.Fill(float.NegativeInfinity);
            logits[tokens[generated.Length]] = 0;
        },
    };

    private (GenerationResult Result, List<int> Tokens) Generate(GenerationOptions options)
    {
        using Session session = _model.OpenSession();
        var tokens = new List<int>();
        GenerationResult result = Generator.Generate(session, _prompt, options, token =>
        {
            tokens.Add(token);
            return true;
        }, TestContext.Current.CancellationToken);
        return (result, tokens);
    }
}
