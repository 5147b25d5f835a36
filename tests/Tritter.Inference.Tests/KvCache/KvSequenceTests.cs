using Tritter.Inference.Generation;
using Tritter.Inference.KvCache;
using Tritter.Inference.Model;

namespace Tritter.Inference.Tests.KvCache;

/// <summary>Where sharing, giving back and forgetting meet: a text holds what was written for it, and nothing is held for nobody.</summary>
public sealed class KvSequenceTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(50_000)]
    [InlineData(100_000)]
    [InlineData(1 << 30)]
    public void Texts_hold_what_was_written_for_them_whatever_happens_in_whatever_order(long budget)
    {
        using var texts = new KvTexts(budget);
        KvSequence[] sequences = [.. Enumerable.Range(0, 3).Select(_ => texts.Open())];
        int[][] expected = [[], [], []];
        var random = new Random(5);
        for (int step = 0; step < 3000; step++)
        {
            int i = random.Next(3);
            KvSequence sequence = sequences[i];
            switch (random.Next(8))
            {
                case 0 or 1:
                    int[] other = expected[random.Next(3)];
                    expected[i] = [.. other.Take(random.Next(4) == 0 ? other.Length : random.Next(other.Length + 1)), .. Some(random, random.Next(2) == 0 ? 3 : 1500)];
                    expected[i] = [.. expected[i].Take(3000)];
                    texts.Read(sequence, expected[i], random.Next(1, 65));
                    break;
                case 2 or 3:
                    int[] added = Some(random, 65);
                    texts.Append(sequence, added);
                    expected[i] = [.. expected[i], .. added];
                    break;
                case 4 or 5:
                    int length = random.Next(2) == 0 ? random.Next(expected[i].Length + 1) : Math.Max(0, expected[i].Length - random.Next(70));
                    int kept = sequence.Truncate(length);
                    Assert.InRange(kept, 0, length);
                    expected[i] = expected[i][..kept];
                    break;
                case 6:
                    texts.Cancel(sequence, random.Next(1, 65));
                    break;
                default:
                    sequence.Dispose();
                    sequences[i] = texts.Open();
                    expected[i] = [];
                    break;
            }

            for (int k = 0; k < 3; k++)
            {
                texts.AssertHolds(sequences[k], expected[k], $"step {step}, sequence {k} after {i}");
            }
        }

        Array.ForEach(sequences, s => s.Dispose());
        Assert.InRange(texts.Tree.ByteLength, 0, budget);
        texts.Tree.Clear();
        Assert.Equal(0, texts.Tree.Pages);
    }

    [Fact]
    public void The_beginning_of_a_text_that_gave_its_windows_back_is_computed_only_once_more()
    {
        using var texts = new KvTexts(budget: 130_000);
        using KvSequence longText = texts.Open();
        using KvSequence beginning = texts.Open();
        int[] text = Some(new Random(1), 10_000, exactly: true);
        texts.Read(longText, text);

        Assert.Equal(0, texts.Read(beginning, text.AsSpan(0, 500)));
        using KvSequence another = texts.Open();
        Assert.Equal(500, texts.Read(another, text.AsSpan(0, 500)));
        texts.Read(another, [1]);
        texts.Read(beginning, [1]);
        // Whole pages are the long text's too; for the rest there is no room while nobody reads it.
        Assert.Equal(448, texts.Read(beginning, text.AsSpan(0, 500)));
        texts.AssertHolds(beginning, text.AsSpan(0, 500), "the beginning");
    }

    [Fact]
    public void Texts_that_come_to_read_the_same_share_their_pages_then()
    {
        using var texts = new KvTexts(budget: 1 << 30);
        using KvSequence first = texts.Open();
        using KvSequence second = texts.Open();
        int[] text = Some(new Random(1), 300, exactly: true);
        texts.Read(first, text.AsSpan(0, 50));
        texts.Read(second, text.AsSpan(0, 50));
        texts.Append(first, text.AsSpan(50, 60));
        texts.Append(second, text.AsSpan(50, 60));
        texts.AssertHolds(first, text.AsSpan(0, 110), "first");
        texts.AssertHolds(second, text.AsSpan(0, 110), "second");
        Assert.Equal(3, texts.Tree.Pages);
    }

    [Fact]
    public void A_cancelled_chunk_leaves_no_pages_behind()
    {
        using var texts = new KvTexts(budget: 1 << 30);
        KvSequence sequence = texts.Open();
        texts.Read(sequence, Some(new Random(1), 64, exactly: true));
        texts.Cancel(sequence, 64);
        sequence.Dispose();
        Assert.Equal(1, texts.Tree.Pages);
    }

    [Fact]
    public void A_long_text_takes_the_memory_that_the_layout_computes_and_leaves_nothing_useless()
    {
        const long Budget = 200_000;
        using var texts = new KvTexts(Budget);
        KvSequence sequence = texts.Open();
        int[] text = Some(new Random(1), 40_000, exactly: true);
        long page = texts.Layout.FullBytes + texts.Layout.SlidingBytes;
        for (int length = 0; length < text.Length; length += 64)
        {
            texts.Append(sequence, text.AsSpan(length, 64));
            Assert.InRange(texts.Tree.ByteLength, 0, Math.Max(Budget, texts.Layout.Bytes(length + 64) + page));
        }

        Assert.InRange(texts.Tree.ByteLength, texts.Layout.Bytes(40_000) - page, texts.Layout.Bytes(40_000) + page);

        // Without its end, which the budget has no room for, what is left of the text could never be used.
        sequence.Dispose();
        Assert.InRange(texts.Tree.ByteLength, 0, Budget);
        Assert.Equal(0, texts.Tree.Pages);
    }

    [Fact]
    public void A_long_text_can_be_cut_back_as_far_as_the_budget_has_room_for_its_windows()
    {
        const int Pages = 20;
        using var layout = new KvTexts(0);
        using var texts = new KvTexts(layout.Layout.Bytes(40_000) + (Pages + 1) * layout.Layout.SlidingBytes);
        using KvSequence sequence = texts.Open();
        int[] text = Some(new Random(1), 40_000, exactly: true);
        texts.Read(sequence, text);

        int length = 40_000 - KvLayout.RewindPositions - Pages * KvLayout.PagePositions;
        Assert.Equal(length, sequence.Truncate(length));
        texts.AssertHolds(sequence, text.AsSpan(0, length), "what is left");
    }

    [Fact]
    public void A_model_without_sliding_layers_can_always_be_cut_back()
    {
        using var tree = new PrefixTree(new KvLayout([new LayerAttention(int.MaxValue, Rope: true)], 1, 2, KvPrecision.Float32), budget: 0);
        using var sequence = new KvSequence(tree, 5000);
        for (int i = 0; i < 5000; i += 50)
        {
            sequence.Reserve(50);
            sequence.Advance(new int[50]);
        }

        Assert.Equal(1000, sequence.Truncate(1000));
    }

    [Fact]
    public void An_engine_may_go_before_its_sessions()
    {
        using var model = new TinyModel();
        PrefixTree tree = model.NewTree(budget: 1 << 30);
        Session session = model.OpenSession(tree);
        session.Read(TinyModel.Prompt(100), TestContext.Current.CancellationToken);
        tree.Dispose();
        Assert.Throws<ObjectDisposedException>(() => session.Read(TinyModel.Prompt(200), TestContext.Current.CancellationToken));
        Assert.Throws<ObjectDisposedException>(() => session.Save("never"));
        session.Dispose();
        session.Dispose();
        Assert.Equal(0, tree.ByteLength);
    }

    [Fact]
    public void A_closed_session_refuses_everything()
    {
        using var model = new TinyModel();
        Session session = model.OpenSession();
        session.Read(TinyModel.Prompt(10), TestContext.Current.CancellationToken);
        session.Dispose();
        Assert.Throws<ObjectDisposedException>(() => session.Read(TinyModel.Prompt(10), TestContext.Current.CancellationToken));
        Assert.Throws<ObjectDisposedException>(() => session.Append(1));
        Assert.Throws<ObjectDisposedException>(() => session.Logits.Length);
        Assert.Throws<ObjectDisposedException>(() => session.Save("never"));
    }

    /// <summary>Tokens of a small vocabulary, so that texts often agree.</summary>
    private static int[] Some(Random random, int most, bool exactly = false) =>
        [.. Enumerable.Range(0, exactly ? most : random.Next(1, most)).Select(_ => random.Next(2))];
}
