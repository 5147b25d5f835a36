using Tritter.Inference.Generation;
using Tritter.Inference.Sampling;

namespace Tritter.Inference.Tests.Generation;

/// <summary>Guessing ahead changes the number of passes, never a token, the reason to stop or what the session holds.</summary>
public sealed class SpeculationTests : IDisposable
{
    private readonly TinyModel _model = new(2);

    /// <summary>Seeds of prompts that repeat a few tokens over and over, so that there is always something to guess.</summary>
    public static TheoryData<int, int> Cases => new MatrixTheoryData<int, int>([1, 2, 3, 4, 5, 6], [0, 1, 2, 5, 40, 120]);

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_same_tokens_come_out(int seed, int budget)
    {
        int[] prompt = Repetitive(seed);
        GenerationOptions plain = new() { MaxTokens = budget, StopTokens = new HashSet<int> { seed * 7 }, Speculate = false };
        AssertSame(prompt, plain, capacity: 4096);
    }

    [Theory]
    [InlineData(61)]
    [InlineData(64)]
    [InlineData(70)]
    public void A_full_session_ends_the_same(int capacity) =>
        AssertSame(Repetitive(1), new() { MaxTokens = 100, StopTokens = new HashSet<int>(), Speculate = false }, capacity);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(11)]
    public void A_caller_that_has_enough_ends_the_same(int after) =>
        AssertSame(Repetitive(2), new() { MaxTokens = 100, StopTokens = new HashSet<int>(), Speculate = false }, 4096, after);

    [Fact]
    public void What_repeats_itself_is_guessed()
    {
        // A rule that lets the text go round in five tokens: every guess after the first round is right.
        int[] round = [11, 12, 13, 14, 15];
        var options = new GenerationOptions
        {
            MaxTokens = 100,
            StopTokens = new HashSet<int>(),
            Rule = (generated, logits) =>
            {
                logits.Fill(float.NegativeInfinity);
                logits[round[generated.Length % round.Length]] = 0;
            },
        };
        using Session session = _model.OpenSession();
        GenerationResult result = Generator.Generate(session, TinyModel.Prompt(20), options, _ => true, TestContext.Current.CancellationToken);
        Assert.InRange(result.RightGuesses, 70, 100);
        Assert.Equal(100, result.GeneratedTokens);
        AssertSame(TinyModel.Prompt(20), options with { Speculate = false }, 4096);
    }

    [Fact]
    public void An_earlier_text_is_a_source_of_guesses()
    {
        int[] script = TinyModel.Prompt(40, seed: 9);
        var options = new GenerationOptions
        {
            MaxTokens = script.Length,
            StopTokens = new HashSet<int>(),
            Earlier = script,
            Rule = (generated, logits) =>
            {
                logits.Fill(float.NegativeInfinity);
                logits[script[generated.Length]] = 0;
            },
        };
        using Session session = _model.OpenSession();
        Assert.InRange(Generator.Generate(session, TinyModel.Prompt(20), options, _ => true, TestContext.Current.CancellationToken).RightGuesses, 25, 40);
        Assert.Equal(0, Generator.Generate(session, TinyModel.Prompt(20), options with { Earlier = default }, _ => true, TestContext.Current.CancellationToken).RightGuesses);
    }

    [Fact]
    public void Sampling_does_not_guess()
    {
        var options = new GenerationOptions { MaxTokens = 50, StopTokens = new HashSet<int>(), Sampling = new SamplingOptions { Temperature = 1, Seed = 1 } };
        using Session session = _model.OpenSession();
        Assert.Equal(0, Generator.Generate(session, Repetitive(1), options, _ => true, TestContext.Current.CancellationToken).GuessedTokens);
    }

    public void Dispose() => _model.Dispose();

    private static int[] Repetitive(int seed)
    {
        int[] word = TinyModel.Prompt(6, seed);
        return [.. Enumerable.Range(0, 10).SelectMany(_ => word)];
    }

    private void AssertSame(int[] prompt, GenerationOptions plain, int capacity, int enough = int.MaxValue)
    {
        (GenerationResult one, List<int> expected, int[] held, ulong bits) = Run(prompt, plain, capacity, enough);
        (GenerationResult two, List<int> tokens, int[] alsoHeld, ulong sameBits) = Run(prompt, plain with { Speculate = true }, capacity, enough);
        Assert.Equal(expected, tokens);
        Assert.Equal((one.Reason, one.GeneratedTokens, bits), (two.Reason, two.GeneratedTokens, sameBits));
        Assert.Equal(held, alsoHeld);
    }

    private (GenerationResult Result, List<int> Tokens, int[] Held, ulong Bits) Run(int[] prompt, GenerationOptions options, int capacity, int enough)
    {
        using Session session = _model.OpenSession(capacity);
        var tokens = new List<int>();
        ulong bits = 0;
        GenerationOptions watched = options with
        {
            OnLogits = logits =>
            {
                foreach (float logit in logits)
                {
                    bits = bits * 31 + BitConverter.SingleToUInt32Bits(logit);
                }
            },
        };
        GenerationResult result = Generator.Generate(session, prompt, watched, token =>
        {
            tokens.Add(token);
            return tokens.Count < enough;
        }, TestContext.Current.CancellationToken);
        return (result, tokens, [.. session.Tokens], bits);
    }
}
