using Tritter.Inference.Generation;
using Tritter.Inference.KvCache;
using Tritter.Inference.Model;
using Tritter.Inference.Tests.Damage;

namespace Tritter.Inference.Tests.KvCache;

/// <summary>What comes back from a file is what was computed, to the bit; what cannot come back says so.</summary>
public sealed class KvFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = TemporaryFolder.WithModel();
    private readonly TinyModel _model = new();

    private string Path => System.IO.Path.Combine(_folder.Root, "text.kv");

    [Theory]
    [InlineData(1, KvPrecision.Int8)]
    [InlineData(63, KvPrecision.Int8)]
    [InlineData(64, KvPrecision.Int8)]
    [InlineData(65, KvPrecision.Float32)]
    [InlineData(200, KvPrecision.Float32)]
    [InlineData(1500, KvPrecision.Int8)]
    [InlineData(64, KvPrecision.Int4)]
    [InlineData(200, KvPrecision.Int4)]
    [InlineData(1500, KvPrecision.Int4)]
    public void A_loaded_text_goes_on_as_if_it_had_been_computed(int length, KvPrecision precision)
    {
        using var model = new TinyModel(precision: precision);
        int[] text = TinyModel.Prompt(length);
        int[] longer = [.. text, 1, 2, 3];
        Save(model, text);

        using PrefixTree tree = model.NewTree(budget: 1 << 30);
        Assert.Equal(length, Load(tree));
        using Session session = model.OpenSession(tree);
        Assert.Equal(length, session.Read(longer, TestContext.Current.CancellationToken));
        Bits.AssertEqual(model.Read(longer), session.Logits, "a longer text");
        Assert.Equal(length - 1, session.Read(text, TestContext.Current.CancellationToken));
        Bits.AssertEqual(model.Read(text), session.Logits, "the text itself");
        int[] shorter = [.. text[..(length / 2)], 9];
        Assert.Equal(length / 2, session.Read(shorter, TestContext.Current.CancellationToken));
        Bits.AssertEqual(model.Read(shorter), session.Logits, "a text that leaves it half-way");
    }

    [Fact]
    public void Sliding_layers_are_saved_as_far_as_the_end_needs_them_and_can_be_rewound_within_that()
    {
        var layout = new KvLayout(_model.Config, KvPrecision.Int8);
        int[] text = TinyModel.Prompt(3000);
        using (PrefixTree small = _model.NewTree(budget: 100_000))
        {
            Save(_model, text, small);
        }

        Assert.InRange(new FileInfo(Path).Length, layout.Bytes(3000) - layout.SlidingBytes, layout.Bytes(3000) + 15_000);
        using PrefixTree tree = _model.NewTree(budget: 1 << 30);
        Assert.Equal(3000, Load(tree));
        using Session session = _model.OpenSession(tree);
        int[] shorter = [.. text[..(3000 - KvLayout.RewindPositions)], 9];
        Assert.Equal(shorter.Length - 1, session.Read(shorter, TestContext.Current.CancellationToken));
        Bits.AssertEqual(_model.Read(shorter), session.Logits, "1024 tokens fewer");
    }

    [Fact]
    public void What_is_held_already_is_not_read_again_and_what_others_read_stays_theirs()
    {
        int[] text = TinyModel.Prompt(300);
        int[] other = [.. text[..100], .. TinyModel.Prompt(50, seed: 3)];
        Save(_model, text);
        using PrefixTree tree = _model.NewTree(budget: 1 << 30);
        using Session session = _model.OpenSession(tree);
        session.Read(other, TestContext.Current.CancellationToken);

        Assert.Equal(300, Load(tree));
        int pages = tree.Pages;
        Assert.Equal(300, Load(tree));
        Assert.Equal(pages, tree.Pages);
        session.Append(4);
        Bits.AssertEqual(_model.Read([.. other, 4]), session.Logits, "the text that was being read");
        Assert.Equal(300, session.Read([.. text, 4], TestContext.Current.CancellationToken));
        Bits.AssertEqual(_model.Read([.. text, 4]), session.Logits, "the loaded text");
    }

    [Fact]
    public void A_file_has_the_same_bytes_whatever_was_in_memory_before()
    {
        int[] text = TinyModel.Prompt(100);
        Save(_model, text);
        byte[] expected = File.ReadAllBytes(Path);
        using PrefixTree tree = _model.NewTree(budget: 1 << 20);
        using Session session = _model.OpenSession(tree);
        session.Read([.. text, .. TinyModel.Prompt(400, seed: 3)], TestContext.Current.CancellationToken);
        session.Read([.. text[..99], text[99]], TestContext.Current.CancellationToken);
        session.Save(Path);
        Assert.Equal(expected, File.ReadAllBytes(Path));
    }

    [Fact]
    public void A_text_beyond_the_budget_is_not_loaded()
    {
        Save(_model, TinyModel.Prompt(300));
        using PrefixTree tree = _model.NewTree(budget: new FileInfo(Path).Length - 2000);
        Assert.Equal(0, Load(tree));
        Assert.Equal(0, tree.Pages);
        Assert.Equal(0, tree.ByteLength);
    }

    [Fact]
    public void A_text_that_fits_the_budget_takes_the_place_of_what_nobody_reads()
    {
        Save(_model, TinyModel.Prompt(300));
        long budget = new FileInfo(Path).Length + 30_000;
        using PrefixTree tree = _model.NewTree(budget);
        using (Session other = _model.OpenSession(tree))
        {
            other.Read(TinyModel.Prompt(250, seed: 3), TestContext.Current.CancellationToken);
            // While it is read, it leaves room for a part of the text only.
            Assert.InRange(Load(tree), 0, 299);
        }

        Assert.Equal(300, Load(tree));
        Assert.InRange(tree.ByteLength, 0, budget);
    }

    [Fact]
    public void An_engine_loads_what_a_session_of_another_engine_saved()
    {
        int[] text = TinyModel.Prompt(150);
        float[] logits;
        using (InferenceEngine first = InferenceEngine.Load(_folder.Root, threads: 1))
        using (Session session = first.OpenSession(200))
        {
            session.Read(text, TestContext.Current.CancellationToken);
            logits = session.Logits.ToArray();
            session.Save(Path);
        }

        using (InferenceEngine second = InferenceEngine.Load(_folder.Root, threads: 1))
        using (Session session = second.OpenSession(200))
        {
            Assert.Equal(150, second.LoadPrefix(Path));
            Assert.Equal(149, session.Read(text, TestContext.Current.CancellationToken));
            Bits.AssertEqual(logits, session.Logits, "loaded");
        }

        // A model that differs in the last digit of one number is another model.
        TemporaryFolder.Change(_folder.Config, "rope_theta", "10001.0");
        using InferenceEngine other = InferenceEngine.Load(_folder.Root, threads: 1);
        Assert.Contains("another model", Assert.Throws<KvFormatException>(() => other.LoadPrefix(Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_session_that_has_read_nothing_is_not_saved()
    {
        using Session session = _model.OpenSession();
        Assert.Throws<InvalidOperationException>(() => session.Save(Path));
        Assert.False(File.Exists(Path));
    }

    [Fact]
    public void Saving_that_fails_leaves_no_file_and_does_not_harm_the_session()
    {
        using Session session = _model.OpenSession();
        session.Read(TinyModel.Prompt(70), TestContext.Current.CancellationToken);
        Assert.Throws<DirectoryNotFoundException>(() => session.Save(System.IO.Path.Combine(_folder.Root, "missing", "text.kv")));
        Directory.CreateDirectory(Path);
        Assert.ThrowsAny<SystemException>(() => session.Save(Path));
        Assert.DoesNotContain(Directory.EnumerateFiles(_folder.Root), file => file.EndsWith(".tmp", StringComparison.Ordinal));
        session.Append(3);
        Bits.AssertEqual(_model.Read([.. TinyModel.Prompt(70), 3]), session.Logits, "after failing to save");
    }

    [Fact]
    public void Keys_and_values_of_another_precision_are_refused()
    {
        Save(_model, TinyModel.Prompt(70));
        using var precise = new TinyModel(precision: KvPrecision.Float32);
        using PrefixTree tree = precise.NewTree(budget: 1 << 30);
        Assert.Contains("expected Float32 keys and values, found Int8", Assert.Throws<KvFormatException>(() => Load(tree)).Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    private void Save(TinyModel model, int[] text, PrefixTree? tree = null)
    {
        using Session session = tree is null ? model.OpenSession() : model.OpenSession(tree);
        session.Read(text, TestContext.Current.CancellationToken);
        session.Save(Path);
    }

    private int Load(PrefixTree tree) => KvFile.Load(Path, tree, _model.Identity, _model.Config.VocabSize, _model.Config.MaxPositions);
}
