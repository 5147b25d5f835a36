using Tritter.Inference.Cuda;
using Tritter.Inference.Generation;
using Tritter.Inference.KvCache;
using Tritter.Inference.Model;
using Tritter.Inference.Tests.Damage;
using Tritter.Inference.Tests.Parity;

namespace Tritter.Inference.Tests.Cuda;

/// <summary>Texts that go from an (emulated) card to a file and from there to a card or to the processor.</summary>
[Collection("Emulated device")]
public sealed class CudaPagesTests : IDisposable
{
    private readonly TemporaryFolder _folder = TemporaryFolder.WithModel();
    private readonly GpuMemory _memory = new() { Driver = EmulatedDevice.Library() };
    private readonly int[] _text = TinyModel.Prompt(70);

    private string File => Path.Combine(_folder.Root, "text.kv");

    [Fact]
    public void What_a_card_has_read_another_one_goes_on_with_and_a_processor_that_asks_for_it()
    {
        int[] longer = [.. _text, 5, 6];
        float[] logits;
        using (InferenceEngine engine = Load(ComputeDevice.Cuda))
        {
            using Session session = engine.OpenSession(100);
            session.Read(_text, TestContext.Current.CancellationToken);
            session.Save(File);
            Assert.Equal(70, session.Read(longer, TestContext.Current.CancellationToken));
            logits = session.Logits.ToArray();

            // Another text of the same engine begins with what was saved.
            using Session other = engine.OpenSession(100);
            Assert.Equal(70, other.Read(longer, TestContext.Current.CancellationToken));
            Bits.AssertEqual(logits, other.Logits, "another text");
        }

        using (InferenceEngine engine = Load(ComputeDevice.Auto))
        {
            Assert.Equal(70, engine.LoadPrefix(File));
            using Session session = engine.OpenSession(100);
            Assert.Equal(70, session.Read(longer, TestContext.Current.CancellationToken));
            Bits.AssertEqual(logits, session.Logits, "another process");
            // Half-way, too.
            Assert.Equal(66, session.Read([.. _text[..66], 9, 9], TestContext.Current.CancellationToken));
        }

        using (InferenceEngine engine = Load(ComputeDevice.Cpu))
        {
            KvFormatException e = Assert.Throws<KvFormatException>(() => engine.LoadPrefix(File));
            Assert.EndsWith("was computed on a graphics card, whose last bits are not this processor's", e.Message, StringComparison.Ordinal);
            Assert.Equal(70, engine.LoadPrefix(File, fromCard: true));
            using Session session = engine.OpenSession(100);
            Assert.Equal(70, session.Read(longer, TestContext.Current.CancellationToken));
            Assert.InRange(Comparison.RelativeL2(session.Logits, logits), 0, 4e-2);
        }
    }

    /// <summary>1,500 tokens: windows of 8, and what can be rewound, have passed the first seven pages, which have no part for sliding layers in the file.</summary>
    [Fact]
    public void What_a_processor_has_read_a_card_goes_on_with_and_saves_again_byte_for_byte()
    {
        using var model = new TinyModel();
        int[] text = TinyModel.Prompt(1500), longer = [.. text, 5];
        using (Session session = model.OpenSession())
        {
            session.Read(text, TestContext.Current.CancellationToken);
            session.Save(File);
        }

        using CudaDevice device = CudaDevice.Open(_memory.Driver);
        using TritterModel weights = TritterModel.Load(TinyModel.Folder);
        using var onDevice = new CudaModel(device, weights);
        using PrefixTree tree = model.NewTree(budget: 1 << 30);
        Assert.Equal(1500, KvFile.Load(File, tree, model.Identity, 512, 4096));
        using var onCard = new CudaText(onDevice, 2000, tree);
        using var another = new Session(weights, tree, onCard);

        Assert.Equal(1500, another.Read(longer, TestContext.Current.CancellationToken));
        Assert.InRange(Comparison.RelativeL2(another.Logits, model.Read(longer)), 0, 4e-2);

        // Nothing of it is in the host's pages any more.
        tree.Clear();
        Assert.Equal(1500, onCard.Truncate(1500));
        string again = File + ".again";
        another.Save(again);
        byte[] expected = System.IO.File.ReadAllBytes(File), found = System.IO.File.ReadAllBytes(again);
        Assert.Equal(1, found[14] - expected[14]);
        found[14]--;
        Assert.Equal(expected[..^KvFileHeader.ChecksumBytes], found[..^KvFileHeader.ChecksumBytes]);

        // Where the windows' part is missing nothing can go on.
        tree.Clear();
        Assert.Equal(1100, onCard.Truncate(1100));
        Assert.Equal(0, onCard.Truncate(400));
        int[] edited = [.. text[..50], 9];
        Assert.Equal(0, another.Read(edited, TestContext.Current.CancellationToken));
        Assert.InRange(Comparison.RelativeL2(another.Logits, model.Read(edited)), 0, 6e-2);
    }

    [Fact]
    public void A_card_that_fails_while_a_text_is_saved_leaves_it_to_the_processor()
    {
        using (InferenceEngine engine = Load(ComputeDevice.Auto))
        {
            using Session session = engine.OpenSession(100);
            session.Read(_text, TestContext.Current.CancellationToken);
            session.Truncate(64);
            EmulatedDevice.FailAfter(0);
            // A launch fails; everything else does behind it.
            Assert.Throws<CudaException>(() => Load(ComputeDevice.Cuda));
            session.Save(File);
            Assert.False(engine.IsOnCuda);
        }

        EmulatedDevice.FailAfter(-1);
        using InferenceEngine processor = Load(ComputeDevice.Cpu);
        Assert.Equal(64, processor.LoadPrefix(File));
    }

    public void Dispose()
    {
        EmulatedDevice.FailAfter(-1);
        _folder.Dispose();
    }

    private InferenceEngine Load(ComputeDevice device) => InferenceEngine.Load(_folder.Root, threads: 1, device: device, gpuMemory: _memory);
}
