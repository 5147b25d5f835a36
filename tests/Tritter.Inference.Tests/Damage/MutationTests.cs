using System.Buffers.Binary;
using Tritter.Inference.Generation;
using Tritter.Inference.Model;
using Tritter.Inference.Tokenizer;

namespace Tritter.Inference.Tests.Damage;

/// <summary>Thousands of damaged files: each one loads or is refused, and none crashes, hangs or takes much memory.</summary>
public sealed class MutationTests
{
    /// <summary>Far more than a file of 100 KB needs.</summary>
    private const long MuchMemory = 64 << 20;

    private static readonly byte[] _weights = File.ReadAllBytes(Path.Combine(TinyModel.Folder, "model.safetensors"));
    private static readonly int _dataStart = 8 + (int)BinaryPrimitives.ReadInt64LittleEndian(_weights);

    [Fact]
    public void Weights_with_any_header_byte_flipped_load_or_are_refused()
    {
        using TemporaryFolder folder = TemporaryFolder.WithModel();
        var random = new Random(1);
        int refused = 0;
        for (int i = 0; i < _dataStart; i++)
        {
            byte flipped = (byte)(_weights[i] ^ (1 << random.Next(8)));
            WriteByte(folder.Weights, i, flipped);
            refused += Refused.OrLoaded($"byte {i} is {flipped}", () => TritterModel.Load(folder.Root).Dispose()) ? 1 : 0;
            WriteByte(folder.Weights, i, _weights[i]);
        }

        // A flip in a name, an offset or the JSON is always seen; white space that becomes other white space is not.
        Assert.InRange(refused, _dataStart * 95 / 100, _dataStart);
    }

    [Fact]
    public void Weights_with_damaged_regions_load_or_are_refused()
    {
        var random = new Random(2);
        int refused = LoadAll(Enumerable.Range(0, 2000).Select(i => ($"mutation {i}", Mutate(_weights, random, i % 2 == 0 ? _dataStart : _weights.Length))));
        Assert.InRange(refused, 1000, 1999);
    }

    [Fact]
    public void Weights_that_are_cut_off_or_padded_anywhere_are_refused()
    {
        int[] lengths =
        [
            .. Enumerable.Range(0, 20), .. Enumerable.Range(0, _dataStart / 97).Select(i => i * 97), .. Enumerable.Range(_dataStart - 5, 10),
            .. Enumerable.Range(_dataStart / 997, (_weights.Length - _dataStart) / 997).Select(i => i * 997), _weights.Length - 1, _weights.Length + 1, _weights.Length + 4096,
        ];
        int refused = LoadAll(lengths.Select(length => ($"{length} bytes", Resize(_weights, length))));
        Assert.Equal(lengths.Length, refused);
    }

    [Fact]
    public void Damaged_configurations_load_or_are_refused()
    {
        using TemporaryFolder folder = TemporaryFolder.WithModel();
        DamageAll(folder.Config, 3000, () => ModelConfig.Load(folder.Config));
    }

    [Fact]
    public void Damaged_generation_configurations_load_or_are_refused()
    {
        using TemporaryFolder folder = TemporaryFolder.WithModel();
        ModelConfig config = ModelConfig.Load(folder.Config);
        DamageAll(folder.GenerationConfig, 3000, () => GenerationDefaults.Load(folder.GenerationConfig, config));
    }

    [Fact]
    public void Damaged_tokenizers_load_and_work_or_are_refused()
    {
        using TemporaryFolder folder = TemporaryFolder.WithModel();
        DamageAll(folder.Tokenizer, 3000, () =>
        {
            TritterTokenizer tokenizer = TritterTokenizer.Load(folder.Tokenizer);
            tokenizer.Decode(tokenizer.EncodeWithSpecialTokens("ab abc <|a|>é\n"));
        });
    }

    private static void DamageAll(string path, int count, Action load)
    {
        byte[] sound = File.ReadAllBytes(path);
        var random = new Random(3);
        int refused = 0;
        for (int i = 0; i < count; i++)
        {
            File.WriteAllBytes(path, Mutate(sound, random, sound.Length));
            long before = GC.GetAllocatedBytesForCurrentThread();
            refused += Refused.OrLoaded($"mutation {i}", load) ? 1 : 0;
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MuchMemory);
        }

        Assert.InRange(refused, count / 10, count - 1);
    }

    /// <returns>How many were refused.</returns>
    private static int LoadAll(IEnumerable<(string What, byte[] Bytes)> files)
    {
        using TemporaryFolder folder = TemporaryFolder.WithModel();
        int refused = 0;
        foreach ((string what, byte[] bytes) in files)
        {
            File.WriteAllBytes(folder.Weights, bytes);
            long before = GC.GetAllocatedBytesForCurrentThread();
            refused += Refused.OrLoaded(what, () => TritterModel.Load(folder.Root).Dispose()) ? 1 : 0;
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MuchMemory);
        }

        return refused;
    }

    private static void WriteByte(string path, int index, byte value)
    {
        using FileStream file = File.OpenWrite(path);
        file.Position = index;
        file.WriteByte(value);
    }

    private static byte[] Flip(byte[] bytes, int index, int bits)
    {
        byte[] copy = [.. bytes];
        copy[index] ^= (byte)bits;
        return copy;
    }

    private static byte[] Resize(byte[] bytes, int length)
    {
        byte[] copy = [.. bytes];
        Array.Resize(ref copy, length);
        return copy;
    }

    /// <summary>One of: flipped bits, other digits, removed, repeated or swapped bytes, before <paramref name="end"/>.</summary>
    private static byte[] Mutate(byte[] bytes, Random random, int end)
    {
        int at = random.Next(end);
        int length = Math.Min(random.Next(1, 12), bytes.Length - at);
        switch (random.Next(6))
        {
            case 0:
                return Flip(bytes, at, random.Next(1, 256));
            case 1:
                return [.. bytes[..at], .. bytes[(at + length)..]];
            case 2:
                return [.. bytes[..at], .. bytes.AsSpan(at, length), .. bytes[at..]];
            case 3:
                int from = random.Next(end - length + 1);
                byte[] copy = [.. bytes];
                bytes.AsSpan(from, length).CopyTo(copy.AsSpan(at));
                return copy;
            case 4:
                return ReplaceDigit(bytes, random, at);
            default:
                byte[][] harmful = ["null"u8.ToArray(), "\"\\ud800\""u8.ToArray(), "-1"u8.ToArray(), "1e999"u8.ToArray(), "[["u8.ToArray(), "{}"u8.ToArray(), "\0"u8.ToArray(), [0xFF]];
                return [.. bytes[..at], .. harmful[random.Next(harmful.Length)], .. bytes[(at + length)..]];
        }
    }

    /// <summary>Another digit for the next one in the text, which keeps JSON valid.</summary>
    private static byte[] ReplaceDigit(byte[] bytes, Random random, int at)
    {
        int digit = Array.FindIndex(bytes, at, b => b is >= (byte)'0' and <= (byte)'9');
        return digit < 0 ? bytes : Flip(bytes, digit, bytes[digit] ^ ('0' + random.Next(10)));
    }
}
