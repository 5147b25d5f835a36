using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Tritter.Torch.Packing;

/// <summary>What is true of one token.</summary>
[Flags]
public enum TokenMarks : byte
{
    None = 0,

    /// <summary>A document begins: nothing before it is seen.</summary>
    Start = 1,

    /// <summary>Part of a middle that was filled in, or its end token.</summary>
    Middle = 2,

    /// <summary>Nothing: only fills the sequence.</summary>
    Padding = 4,
}

/// <summary>Sequences of one length: "TRTK", the length, their number (int32 each), then for each sequence its uint16 tokens and a byte of marks a token.</summary>
public sealed class TokenShard
{
    private const int HeaderBytes = 12;
    private readonly byte[] _bytes;

    private TokenShard(byte[] bytes)
    {
        _bytes = bytes;
        Length = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(4));
        Count = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(8));
    }

    /// <summary>Tokens of a sequence.</summary>
    public int Length { get; }

    public int Count { get; }

    /// <exception cref="InvalidDataException">The file is no token shard or is cut off.</exception>
    public static TokenShard Read(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        if (bytes.Length < HeaderBytes || !bytes.AsSpan(0, 4).SequenceEqual("TRTK"u8))
        {
            throw new InvalidDataException($"{path}: is no token shard");
        }

        var shard = new TokenShard(bytes);
        return shard.Length > 0 && bytes.Length == HeaderBytes + 3L * shard.Length * shard.Count ? shard : throw new InvalidDataException($"{path}: is cut off");
    }

    public ReadOnlySpan<ushort> Tokens(int sequence) => MemoryMarshal.Cast<byte, ushort>(_bytes.AsSpan(HeaderBytes + 3 * Length * sequence, 2 * Length));

    public ReadOnlySpan<TokenMarks> Marks(int sequence) => MemoryMarshal.Cast<byte, TokenMarks>(_bytes.AsSpan(HeaderBytes + 3 * Length * sequence + 2 * Length, Length));

    /// <summary>Appears under its name only when it is whole.</summary>
    public static void Write(string path, int length, IReadOnlyList<(ushort[] Tokens, TokenMarks[] Marks)> sequences)
    {
        string partial = path + ".partial";
        using (var file = new BufferedStream(File.Create(partial), 1 << 20))
        {
            Span<byte> header = stackalloc byte[HeaderBytes];
            "TRTK"u8.CopyTo(header);
            BinaryPrimitives.WriteInt32LittleEndian(header[4..], length);
            BinaryPrimitives.WriteInt32LittleEndian(header[8..], sequences.Count);
            file.Write(header);
            foreach ((ushort[] tokens, TokenMarks[] marks) in sequences)
            {
                file.Write(MemoryMarshal.AsBytes<ushort>(tokens));
                file.Write(MemoryMarshal.AsBytes<TokenMarks>(marks));
            }
        }

        File.Move(partial, path, overwrite: true);
    }
}
