using Tritter.Inference.Generation;
using Tritter.Inference.KvCache;

namespace Tritter.Inference.Tests.KvCache;

/// <summary>What texts share: never a bit of the result, only the work.</summary>
public sealed class PrefixTreeTests : IDisposable
{
    private readonly TinyModel _model = new();

    public static TheoryData<int> Shared => [1, 63, 64, 65, 128, 150, 199];

    [Theory]
    [MemberData(nameof(Shared))]
    public void Another_session_computes_only_what_no_session_has_read(int shared)
    {
        using PrefixTree tree = _model.NewTree(budget: 1 << 30);
        using Session first = _model.OpenSession(tree);
        using Session second = _model.OpenSession(tree);
        int[] one = TinyModel.Prompt(200);
        int[] two = [.. one[..shared], (one[shared] + 1) % 512, .. TinyModel.Prompt(50, seed: 3)];
        first.Read(one, TestContext.Current.CancellationToken);

        Assert.Equal(shared, second.Read(two, TestContext.Current.CancellationToken));
        Bits.AssertEqual(_model.Read(two), second.Logits, "the second text");
        first.Append(7);
        Bits.AssertEqual(_model.Read([.. one, 7]), first.Logits, "the first text goes on");
    }

    [Fact]
    public void A_text_that_went_another_way_is_still_there()
    {
        using PrefixTree tree = _model.NewTree(budget: 1 << 30);
        using Session session = _model.OpenSession(tree);
        int[] one = TinyModel.Prompt(200);
        int[] two = [.. one[..100], .. TinyModel.Prompt(60, seed: 3)];
        session.Read(one, TestContext.Current.CancellationToken);
        session.Read(two, TestContext.Current.CancellationToken);

        Assert.Equal(199, session.Read(one, TestContext.Current.CancellationToken));
        Bits.AssertEqual(_model.Read(one), session.Logits, "the first text again");
        Assert.Equal(159, session.Read(two, TestContext.Current.CancellationToken));
        Bits.AssertEqual(_model.Read(two), session.Logits, "the second text again");
    }

    [Fact]
    public void Both_sessions_may_go_on_from_the_same_place()
    {
        using PrefixTree tree = _model.NewTree(budget: 1 << 30);
        using Session first = _model.OpenSession(tree);
        using Session second = _model.OpenSession(tree);
        int[] prompt = TinyModel.Prompt(70);
        first.Read(prompt, TestContext.Current.CancellationToken);
        second.Read(prompt, TestContext.Current.CancellationToken);
        for (int i = 0; i < 5; i++)
        {
            first.Append(i);
            second.Append(100 + i);
        }

        Bits.AssertEqual(_model.Read([.. prompt, 0, 1, 2, 3, 4]), first.Logits, "first");
        Bits.AssertEqual(_model.Read([.. prompt, 100, 101, 102, 103, 104]), second.Logits, "second");
    }

    [Fact]
    public void The_budget_is_kept_by_forgetting_what_was_used_longest_ago()
    {
        const int PagesKept = 6;
        long page = new KvLayout(_model.Config, KvPrecision.Int8).FullBytes + new KvLayout(_model.Config, KvPrecision.Int8).SlidingBytes;
        using PrefixTree tree = _model.NewTree(PagesKept * page);
        using Session session = _model.OpenSession(tree);
        int[][] texts = [.. Enumerable.Range(1, 4).Select(seed => TinyModel.Prompt(128, seed))];
        foreach (int[] text in texts)
        {
            session.Read(text, TestContext.Current.CancellationToken);
            Assert.InRange(tree.ByteLength, 0, PagesKept * page);
        }

        Assert.Equal(127, session.Read(texts[3], TestContext.Current.CancellationToken));
        Assert.Equal(127, session.Read(texts[2], TestContext.Current.CancellationToken));
        Assert.Equal(0, session.Read(texts[0], TestContext.Current.CancellationToken));
        Bits.AssertEqual(_model.Read(texts[0]), session.Logits, "computed again");
    }

    [Fact]
    public void A_text_longer_than_the_budget_is_read_whole_and_given_back_afterwards()
    {
        using PrefixTree tree = _model.NewTree(budget: 100_000);
        int[] prompt = TinyModel.Prompt(3000);
        using (Session session = _model.OpenSession(tree))
        {
            session.Read(prompt, TestContext.Current.CancellationToken);
            Bits.AssertEqual(_model.Read(prompt), session.Logits, "3000 tokens");
            Assert.InRange(tree.ByteLength, 100_000, new KvLayout(_model.Config, KvPrecision.Int8).Bytes(3000) + 100_000);
        }

        Assert.InRange(tree.ByteLength, 0, 100_000);
    }

    [Fact]
    public void Sessions_used_in_any_order_under_a_small_budget_give_the_bits_of_new_ones()
    {
        using PrefixTree tree = _model.NewTree(budget: 300_000);
        Session[] sessions = [.. Enumerable.Range(0, 3).Select(_ => _model.OpenSession(tree, capacity: 1400))];
        var random = new Random(7);
        for (int step = 0; step < 150; step++)
        {
            Session session = sessions[random.Next(3)];
            Session other = sessions[random.Next(3)];
            int[] prompt = [.. other.Tokens.Take(random.Next(other.Tokens.Count + 1)), .. TinyModel.Prompt(random.Next(1, 150), seed: step)];
            prompt = prompt[..Math.Min(prompt.Length, 1300)];
            session.Read(prompt, TestContext.Current.CancellationToken);
            int[] appended = TinyModel.Prompt(random.Next(4), seed: -step);
            foreach (int token in appended)
            {
                session.Append(token);
            }

            int kept = session.Truncate(random.Next(session.Tokens.Count) + 1);
            int[] text = [.. prompt.Concat(appended).Take(kept), 5];
            session.Append(5);
            Assert.Equal(text, session.Tokens);
            if (step % 3 == 0)
            {
                Bits.AssertEqual(_model.Read(text), session.Logits, $"step {step}");
            }
        }

        Array.ForEach(sessions, s => s.Dispose());
        Assert.InRange(tree.ByteLength, 0, 300_000);
    }

    [Fact]
    public void Cancelling_inside_a_chunk_leaves_what_was_read()
    {
        using PrefixTree tree = _model.NewTree(budget: 1 << 30);
        using Session session = _model.OpenSession(tree);
        using var cancellation = new CancellationTokenSource();
        int[] prompt = TinyModel.Prompt(300);
        session.Forward.LayerProbe = (layer, _) =>
        {
            if (session.Tokens.Count == 128 && layer == 0)
            {
                cancellation.Cancel();
            }
        };

        Assert.Throws<OperationCanceledException>(() => session.Read(prompt, cancellation.Token));
        Assert.Equal(prompt[..128], session.Tokens);
        session.Forward.LayerProbe = null;
        Assert.Equal(128, session.Read(prompt, TestContext.Current.CancellationToken));
        Bits.AssertEqual(_model.Read(prompt), session.Logits, "after the cancelled chunk");
    }

    [Fact]
    public void Progress_tells_the_tokens_read()
    {
        using Session session = _model.OpenSession();
        var seen = new List<int>();
        session.Read(TinyModel.Prompt(150), TestContext.Current.CancellationToken, seen.Add);
        Assert.Equal([64, 128, 150], seen);
    }

    public void Dispose() => _model.Dispose();
}
