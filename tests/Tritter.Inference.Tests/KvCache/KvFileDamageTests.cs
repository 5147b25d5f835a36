using System.Buffers.Binary;
using System.Security.Cryptography;
using Tritter.Inference.Generation;
using Tritter.Inference.KvCache;
using Tritter.Inference.Tests.Damage;

namespace Tritter.Inference.Tests.KvCache;

/// <summary>Every damaged file is refused with one line, allocates next to nothing and leaves the tree as it was.</summary>
public sealed class KvFileDamageTests : IDisposable
{
    private const int Tokens = 130;
    private const int TokensField = 36;
    private const int FirstSlidingField = 40;
    private const int LengthField = 44;

    private readonly TemporaryFolder _folder = TemporaryFolder.Empty();
    private readonly TinyModel _model = new();
    private readonly PrefixTree _tree;
    private readonly byte[] _sound;

    public KvFileDamageTests()
    {
        _tree = _model.NewTree(budget: 1 << 30);
        using Session session = _model.OpenSession();
        session.Read(TinyModel.Prompt(Tokens), TestContext.Current.CancellationToken);
        session.Save(Path);
        _sound = File.ReadAllBytes(Path);
    }

    private string Path => System.IO.Path.Combine(_folder.Root, "text.kv");

    [Fact]
    public void Any_flipped_bit_is_noticed()
    {
        var random = new Random(1);
        int tokensEnd = KvFileHeader.Bytes + Tokens * sizeof(int);
        int[] places =
        [
            .. Enumerable.Range(0, tokensEnd), .. Enumerable.Range(0, (_sound.Length - tokensEnd) / 61).Select(i => tokensEnd + i * 61),
            .. Enumerable.Range(_sound.Length - KvFileHeader.ChecksumBytes, KvFileHeader.ChecksumBytes),
        ];
        foreach (int place in places)
        {
            byte[] bytes = [.. _sound];
            bytes[place] ^= (byte)(1 << random.Next(8));
            AssertRefused($"byte {place}", bytes);
        }

        AssertSoundLoads();
    }

    [Fact]
    public void A_file_that_is_cut_off_or_padded_is_refused()
    {
        int[] lengths = [.. Enumerable.Range(0, 700), .. Enumerable.Range(1, _sound.Length / 997).Select(i => i * 997), _sound.Length - 1, _sound.Length + 1, _sound.Length + 100_000];
        foreach (int length in lengths)
        {
            byte[] bytes = [.. _sound];
            Array.Resize(ref bytes, length);
            AssertRefused($"{length} bytes", bytes);
        }

        AssertSoundLoads();
    }

    [Theory]
    [InlineData(8, 2)]
    [InlineData(12, 7)]
    [InlineData(16, int.MaxValue)]
    [InlineData(20, -1)]
    [InlineData(24, 0)]
    [InlineData(28, 128)]
    [InlineData(32, 32)]
    [InlineData(TokensField, 0)]
    [InlineData(TokensField, -1)]
    [InlineData(TokensField, Tokens - 1)]
    [InlineData(TokensField, 4096)]
    [InlineData(TokensField, int.MaxValue)]
    [InlineData(TokensField, int.MinValue)]
    [InlineData(FirstSlidingField, -1)]
    [InlineData(FirstSlidingField, 1)]
    [InlineData(FirstSlidingField, 3)]
    [InlineData(FirstSlidingField, int.MaxValue)]
    [InlineData(LengthField, 0)]
    [InlineData(LengthField + 4, int.MaxValue)]
    [InlineData(KvFileHeader.Bytes, -1)]
    [InlineData(KvFileHeader.Bytes + 4 * 77, 512)]
    public void A_number_that_does_not_fit_is_refused_also_when_the_checksum_is_right(int place, int number)
    {
        byte[] bytes = [.. _sound];
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(place), number);
        SHA256.HashData(bytes.AsSpan(..^KvFileHeader.ChecksumBytes), bytes.AsSpan(^KvFileHeader.ChecksumBytes..));
        AssertRefused($"{number} at {place}", bytes);
        AssertSoundLoads();
    }

    [Fact]
    public void Other_files_and_missing_ones_are_refused()
    {
        AssertRefused("weights", File.ReadAllBytes(System.IO.Path.Combine(TinyModel.Folder, "model.safetensors")));
        AssertRefused("text", [.. Enumerable.Repeat((byte)'x', 5000)]);
        File.Delete(Path);
        AssertRefused("nothing", null);
        Directory.CreateDirectory(Path);
        AssertRefused("a folder", null);
    }

    public void Dispose()
    {
        _tree.Dispose();
        _model.Dispose();
        _folder.Dispose();
    }

    private void AssertSoundLoads()
    {
        File.WriteAllBytes(Path, _sound);
        Assert.Equal(Tokens, Load());
    }

    private void AssertRefused(string what, byte[]? bytes)
    {
        if (bytes is not null)
        {
            File.WriteAllBytes(Path, bytes);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            Load();
            Assert.Fail($"{what}: was loaded");
        }
        catch (KvFormatException e)
        {
            Assert.DoesNotContain(e.Message, char.IsControl);
            Assert.StartsWith(Path, e.Message, StringComparison.Ordinal);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
        Assert.Equal(0, _tree.Pages);
        Assert.Equal(0, _tree.ByteLength);
    }

    private int Load() => KvFile.Load(Path, _tree, _model.Identity, _model.Config.VocabSize, _model.Config.MaxPositions);
}
