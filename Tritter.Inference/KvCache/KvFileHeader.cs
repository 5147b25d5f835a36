using System.Buffers.Binary;

namespace Tritter.Inference.KvCache;

/// <summary>The beginning of a <see cref="KvFile"/>: whose keys and values these are, and how many.</summary>
/// <remarks>
/// Little endian: the magic (8 bytes), the format's version, the engine's numerics (and 65,536 when a graphics card has computed any of it), precision, layers, key/value heads, headDim, positions of a page, tokens,
/// first page with a sliding part (int32 each), bytes of the file (int64), the model's SHA-256.
/// </remarks>
/// <param name="Tokens">Tokens of the text.</param>
/// <param name="FirstSliding">Pages before this one have no sliding part.</param>
/// <param name="OnCard">Whether a graphics card has computed any of it: by other sums than a processor, so that the last bits are others.</param>
internal readonly record struct KvFileHeader(int Tokens, int FirstSliding, bool OnCard)
{
    public const int Bytes = Model + ChecksumBytes;

    /// <summary>Bytes of a SHA-256: the model's, and that of all before it at the file's end.</summary>
    public const int ChecksumBytes = 32;

    private const int Version = 1;
    private const int CardNumerics = 1 << 16;
    private const int Numbers = 8;
    private const int NumberCount = 9;
    private const int Length = Numbers + NumberCount * sizeof(int);
    private const int Model = Length + sizeof(long);

    private static ReadOnlySpan<byte> Magic => "TritterK"u8;

    public int Pages => KvLayout.Pages(Tokens);

    /// <param name="bytes">[<see cref="Bytes"/>].</param>
    /// <param name="model">SHA-256 of the model.</param>
    public void Write(Span<byte> bytes, KvLayout layout, ReadOnlySpan<byte> model)
    {
        Magic.CopyTo(bytes);
        Span<byte> to = bytes[Numbers..];
        foreach (int number in (ReadOnlySpan<int>)[Version, InferenceEngine.Numerics + (OnCard ? CardNumerics : 0), (int)layout.Precision, .. Shape(layout), Tokens, FirstSliding])
        {
            BinaryPrimitives.WriteInt32LittleEndian(to, number);
            to = to[sizeof(int)..];
        }

        BinaryPrimitives.WriteInt64LittleEndian(bytes[Length..], FileBytes(layout));
        model.CopyTo(bytes[Model..]);
    }

    /// <summary>Reads a header and checks that all it says fits the model and the file.</summary>
    /// <param name="bytes">As many of the file's first <see cref="Bytes"/> as it has.</param>
    /// <param name="maxTokens">Most tokens that the model takes.</param>
    /// <param name="fromCard">Whether to take what a graphics card has computed, too.</param>
    /// <exception cref="KvFormatException">Something does not fit.</exception>
    public static KvFileHeader Read(string path, ReadOnlySpan<byte> bytes, long fileBytes, KvLayout layout, ReadOnlySpan<byte> model, int maxTokens, bool fromCard)
    {
        Expect(path, bytes.Length == Bytes && bytes.StartsWith(Magic), "is not a file of keys and values that Tritter saved");
        int[] numbers = new int[NumberCount];
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] = BinaryPrimitives.ReadInt32LittleEndian(bytes[(Numbers + i * sizeof(int))..]);
        }

        Expect(path, numbers[0] == Version, $"expected format version {Version}, found {numbers[0]}");
        Expect(path, bytes[Model..].SequenceEqual(model), "holds keys and values of another model");
        bool onCard = (numbers[1] & CardNumerics) != 0;
        int numerics = numbers[1] & ~CardNumerics;
        Expect(path, numerics == InferenceEngine.Numerics, $"was computed by a Tritter with numerics {numerics}, this one has {InferenceEngine.Numerics}");
        Expect(path, fromCard || !onCard, "was computed on a graphics card, whose last bits are not this processor's");
        Expect(path, numbers[2] == (int)layout.Precision, $"expected {layout.Precision} keys and values, found {(KvPrecision)numbers[2]}");
        int[] shape = Shape(layout);
        Expect(path, numbers.AsSpan(3, shape.Length).SequenceEqual(shape),
            $"expected layers, heads, head width and positions of a page {string.Join(", ", shape)}, found {string.Join(", ", numbers[3..7])}");
        var header = new KvFileHeader(numbers[7], numbers[8], onCard);
        Expect(path, header.Tokens >= 1 && header.Tokens <= maxTokens, $"expected 1 to {maxTokens} tokens, found {header.Tokens}");
        int needed = layout.FirstPageSeen(header.Tokens);
        Expect(path, header.FirstSliding >= 0 && header.FirstSliding <= needed, $"expected sliding layers from page {needed} or an earlier one on, found {header.FirstSliding}");
        long expected = header.FileBytes(layout);
        Expect(path, BinaryPrimitives.ReadInt64LittleEndian(bytes[Length..]) == expected && fileBytes == expected, $"expected {expected} bytes, found {fileBytes}: it is cut off or damaged");
        return header;
    }

    /// <summary>Bytes of keys and values in the file, and in memory once loaded.</summary>
    public long PageBytes(KvLayout layout) => Pages * layout.FullBytes + (Pages - FirstSliding) * layout.SlidingBytes;

    private static int[] Shape(KvLayout layout) => [layout.Sliding.Count, layout.KvHeads, layout.HeadDim, KvLayout.PagePositions];

    private long FileBytes(KvLayout layout) => Bytes + (long)Tokens * sizeof(int) + PageBytes(layout) + ChecksumBytes;

    private static void Expect(string path, bool condition, string problem)
    {
        if (!condition)
        {
            throw new KvFormatException(path, problem);
        }
    }
}
