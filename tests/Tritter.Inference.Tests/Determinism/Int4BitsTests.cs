using Tritter.Inference.Generation;
using Tritter.Inference.KvCache;
using Tritter.Inference.Tests.Damage;

namespace Tritter.Inference.Tests.Determinism;

/// <summary>
/// Older pages as int4: whether a query reads a page in one form or the other must not depend on when the page was packed, on who else reads
/// it, or on what was given back.
/// </summary>
public sealed class Int4BitsTests
{
    [Fact]
    public void OlderPagesAreReadAsInt4AndNearOnesAreNot()
    {
        using var int4 = new TinyModel(precision: KvPrecision.Int4);
        using var int8 = new TinyModel();
        Bits.AssertEqual(int8.Read(TinyModel.Prompt(128)), int4.Read(TinyModel.Prompt(128)), "128 tokens: the last one is in the second page");
        float[] expected = int8.Read(TinyModel.Prompt(400));
        float[] actual = int4.Read(TinyModel.Prompt(400));
        Assert.NotEqual(expected, actual);
        double difference = Math.Sqrt(expected.Zip(actual).Sum(p => Math.Pow(p.First - p.Second, 2)) / expected.Sum(e => Math.Pow(e, 2)));
        Assert.InRange(difference, 0, 0.1);
    }

    [Fact]
    public void SessionsThatAreUsedInAnyOrderGiveTheBitsOfNewOnes()
    {
        using var model = new TinyModel(2, KvPrecision.Int4);
        foreach (long budget in new[] { 0L, 300_000, 1 << 30 })
        {
            using PrefixTree tree = model.NewTree(budget);
            using Session first = model.OpenSession(tree);
            using Session second = model.OpenSession(tree);
            var random = new Random(5);
            for (int step = 0; step < 30; step++)
            {
                Session session = random.Next(2) == 0 ? first : second;
                Session other = random.Next(2) == 0 ? first : second;
                int shared = random.Next(other.Tokens.Count + 1);
                int[] prompt = [.. other.Tokens.Take(shared), .. TinyModel.Prompt(random.Next(1, 250), seed: step)];
                prompt = prompt[..Math.Min(prompt.Length, 700)];
                session.Read(prompt, TestContext.Current.CancellationToken);
                int[] appended = TinyModel.Prompt(random.Next(4), seed: -step);
                foreach (int token in appended)
                {
                    session.Append(token);
                }

                Bits.AssertEqual(model.Read([.. prompt, .. appended]), session.Logits, $"step {step}, budget {budget}");
            }
        }
    }

    /// <summary>
    /// When the last page of 1500 positions is added at 1472, what is near has passed 1472 - 65 - 1024 = 383: pages 0 to 4 have given their int8
    /// form back. A text that goes on in page 6 reads page 5 in that form, one that goes on in page 5 would have to read page 4.
    /// </summary>
    [Theory]
    [InlineData(1400, 1400)]
    [InlineData(400, 400)]
    [InlineData(384, 384)]
    [InlineData(383, 0)]
    [InlineData(150, 0)]
    public void ALongTextIsCutBackAsFarAsItsInt8PagesAreKept(int shared, int cached)
    {
        using var model = new TinyModel(precision: KvPrecision.Int4);
        using Session session = model.OpenSession();
        session.Read(TinyModel.Prompt(1500), TestContext.Current.CancellationToken);
        int[] prompt = [.. TinyModel.Prompt(shared), .. TinyModel.Prompt(100, seed: 2)];
        Assert.Equal(cached, session.Read(prompt, TestContext.Current.CancellationToken));
        Bits.AssertEqual(model.Read(prompt), session.Logits, $"{shared} tokens shared");
    }

    [Fact]
    public void ALongTextTakesTheMemoryThatTheLayoutComputes()
    {
        using var model = new TinyModel(precision: KvPrecision.Int4);
        using PrefixTree tree = model.NewTree(budget: 0);
        using Session session = model.OpenSession(tree);
        session.Read(TinyModel.Prompt(3000), TestContext.Current.CancellationToken);
        long page = tree.Layout.FullBytes + tree.Layout.SlidingBytes;
        Assert.InRange(tree.ByteLength, tree.Layout.Bytes(3000) - page, tree.Layout.Bytes(3000) + page);
        Assert.InRange(tree.Layout.FullBytes, 1, new KvLayout(model.Config, KvPrecision.Int8).FullBytes * 6 / 10);
    }

    [Fact]
    public void AFileHasTheSameBytesWhateverWasInMemoryBefore()
    {
        using TemporaryFolder folder = TemporaryFolder.Empty();
        using var model = new TinyModel(precision: KvPrecision.Int4);
        int[] text = TinyModel.Prompt(300);
        Save(model.NewTree(0), text, before: []);
        byte[] expected = File.ReadAllBytes(Path());
        Save(model.NewTree(1 << 30), text, before: [.. text, .. TinyModel.Prompt(400, seed: 3)]);
        Assert.Equal(expected, File.ReadAllBytes(Path()));

        string Path() => System.IO.Path.Combine(folder.Root, "text.kv");

        void Save(PrefixTree tree, int[] tokens, int[] before)
        {
            using (tree)
            using (Session session = model.OpenSession(tree))
            {
                if (before.Length > 0)
                {
                    session.Read(before, TestContext.Current.CancellationToken);
                }

                session.Read(tokens, TestContext.Current.CancellationToken);
                session.Save(Path());
            }
        }
    }
}
