using Tritter.Inference.Generation;
using Tritter.Inference.KvCache;
using Tritter.Inference.Model;

namespace Tritter.Inference.Tests.Determinism;

/// <summary>The same prompt gives the same bits, however it comes to be in the cache.</summary>
public sealed class TinyModelBitsTests
{
    /// <summary>Pages of 64 that end more than window 8 and 1024 to rewind before a text's end give their sliding part back.</summary>
    private const int Kept = 1104;

    [Theory]
    [InlineData(1, KvPrecision.Int8)]
    [InlineData(2, KvPrecision.Int8)]
    [InlineData(7, KvPrecision.Int8)]
    [InlineData(16, KvPrecision.Int8)]
    [InlineData(33, KvPrecision.Int8)]
    [InlineData(63, KvPrecision.Int8)]
    [InlineData(1, KvPrecision.Int4)]
    [InlineData(7, KvPrecision.Int4)]
    [InlineData(33, KvPrecision.Int4)]
    [InlineData(63, KvPrecision.Int4)]
    public void Chunks_of_any_length_give_the_same_bits(int chunk, KvPrecision precision)
    {
        using var model = new TinyModel(precision: precision);
        int[] prompt = TinyModel.Prompt(200);
        using Session session = model.OpenSession();
        foreach (int[] part in prompt.Chunk(chunk))
        {
            session.Append(part, LogitsOf.Last);
        }

        Bits.AssertEqual(model.Read(prompt), session.Logits, $"chunks of {chunk}");
    }

    [Fact]
    public void Logits_of_all_tokens_are_the_logits_of_each()
    {
        using var model = new TinyModel();
        int[] prompt = TinyModel.Prompt(64);
        using Session together = model.OpenSession();
        using Session single = model.OpenSession();
        together.Append(prompt, LogitsOf.All);
        for (int t = 0; t < prompt.Length; t++)
        {
            single.Append(prompt[t]);
            Bits.AssertEqual(single.Logits, together.Logits.Slice(t * model.Config.VocabSize, model.Config.VocabSize), $"token {t}");
        }
    }

    [Theory]
    [InlineData(2, KvPrecision.Int8)]
    [InlineData(3, KvPrecision.Int8)]
    [InlineData(5, KvPrecision.Int8)]
    [InlineData(2, KvPrecision.Int4)]
    [InlineData(5, KvPrecision.Int4)]
    public void Any_number_of_threads_gives_the_same_bits(int threads, KvPrecision precision)
    {
        using var one = new TinyModel(precision: precision);
        using var many = new TinyModel(threads, precision);
        foreach (int length in new[] { 1, 2, 7, 64, 200 })
        {
            int[] prompt = TinyModel.Prompt(length);
            Bits.AssertEqual(one.Read(prompt), many.Read(prompt), $"{length} tokens, {threads} threads");
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(149)]
    public void A_prompt_that_shares_a_prefix_with_the_last_one_gives_the_same_bits(int shared)
    {
        using var model = new TinyModel();
        using Session session = model.OpenSession();
        session.Read(TinyModel.Prompt(200), TestContext.Current.CancellationToken);
        int[] prompt = Sharing(shared, 150);
        Assert.Equal(shared, session.Read(prompt, TestContext.Current.CancellationToken));
        Assert.Equal(prompt, session.Tokens);
        Bits.AssertEqual(model.Read(prompt), session.Logits, $"{shared} tokens shared");
    }

    [Fact]
    public void The_same_prompt_again_computes_its_last_token_only()
    {
        using var model = new TinyModel();
        using Session session = model.OpenSession();
        int[] prompt = TinyModel.Prompt(100);
        session.Read(prompt, TestContext.Current.CancellationToken);
        Assert.Equal(99, session.Read(prompt, TestContext.Current.CancellationToken));
        Bits.AssertEqual(model.Read(prompt), session.Logits, "the same prompt");
        Assert.Equal(49, session.Read(prompt.AsSpan(0, 50), TestContext.Current.CancellationToken));
        Bits.AssertEqual(model.Read(prompt.AsSpan(0, 50)), session.Logits, "its first half");
    }

    [Fact]
    public void A_text_longer_than_what_windows_keep_gives_the_bits_of_short_steps()
    {
        using var model = new TinyModel();
        int[] prompt = TinyModel.Prompt(Kept + 100);
        using Session session = model.OpenSession();
        foreach (int[] part in prompt.Chunk(13))
        {
            session.Append(part, LogitsOf.Last);
        }

        Bits.AssertEqual(model.Read(prompt), session.Logits, "longer than what windows keep");
    }

    /// <summary>
    /// When the last page of 1204 positions is added at 1152, the windows have passed 1152 - 8 - 1024 = 120: page 0 has given its sliding
    /// part back. The window before position 71 begins at 64.
    /// </summary>
    [Theory]
    [InlineData(1194, 1194)]
    [InlineData(500, 500)]
    [InlineData(71, 71)]
    [InlineData(70, 0)]
    [InlineData(20, 0)]
    public void A_long_text_is_cut_back_as_far_as_its_windows_are_kept(int shared, int cached)
    {
        using var model = new TinyModel();
        using Session session = model.OpenSession();
        session.Read(TinyModel.Prompt(Kept + 100), TestContext.Current.CancellationToken);
        int[] prompt = Sharing(shared, shared + 30);
        Assert.Equal(cached, session.Read(prompt, TestContext.Current.CancellationToken));
        Bits.AssertEqual(model.Read(prompt), session.Logits, $"{shared} tokens shared");
    }

    [Fact]
    public void A_session_that_is_used_in_any_order_gives_the_bits_of_a_new_one()
    {
        using var model = new TinyModel(2);
        using Session session = model.OpenSession(capacity: 300);
        var random = new Random(5);
        for (int step = 0; step < 60; step++)
        {
            int shared = random.Next(session.Tokens.Count + 1);
            int[] prompt = [.. session.Tokens.Take(shared), .. TinyModel.Prompt(random.Next(1, 80), seed: step)];
            prompt = prompt[..Math.Min(prompt.Length, 290)];
            session.Read(prompt, TestContext.Current.CancellationToken);
            int[] appended = TinyModel.Prompt(random.Next(4), seed: -step);
            foreach (int token in appended)
            {
                session.Append(token);
            }

            Bits.AssertEqual(model.Read([.. prompt, .. appended]), session.Logits, $"step {step}");
        }
    }

    /// <summary>Begins like <see cref="TinyModel.Prompt"/> and then says something else.</summary>
    private static int[] Sharing(int shared, int length)
    {
        int[] other = TinyModel.Prompt(length, seed: 2);
        int[] prompt = [.. TinyModel.Prompt(shared), .. other[shared..]];
        prompt[shared] = (TinyModel.Prompt(shared + 1)[shared] + 1) % 512;
        return prompt;
    }
}
