using System.Buffers.Binary;
using System.Text;

namespace Tritter.Torch.Native;

/// <summary>
/// Marks a version that an ELF library needs as weak, so that the loader accepts an older library without it. TorchSharp's library is
/// built against a newer libstdc++ than Debian 12 has, for one symbol that only initialises the standard streams.
/// </summary>
public static class WeakVersion
{
    private const uint VersionNeeds = 0x6ffffffe;
    private const ushort WeakFlag = 2;

    /// <returns>Whether bytes were changed: false when the version is not needed, is weak already, or the file is no 64-bit little-endian ELF.</returns>
    public static bool Mark(Span<byte> elf, string version)
    {
        if (elf.Length < 64 || !elf[..6].SequenceEqual("\u007fELF\u0002\u0001"u8))
        {
            return false;
        }

        int sections = (int)BinaryPrimitives.ReadUInt64LittleEndian(elf[0x28..]);
        int size = BinaryPrimitives.ReadUInt16LittleEndian(elf[0x3A..]);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(elf[0x3C..]);
        for (int i = 0; i < count; i++)
        {
            Span<byte> section = elf[(sections + i * size)..];
            if (BinaryPrimitives.ReadUInt32LittleEndian(section[4..]) == VersionNeeds)
            {
                int strings = (int)BinaryPrimitives.ReadUInt32LittleEndian(section[0x28..]);
                int names = (int)BinaryPrimitives.ReadUInt64LittleEndian(elf[(sections + strings * size + 0x18)..]);
                return MarkIn(elf, (int)BinaryPrimitives.ReadUInt64LittleEndian(section[0x18..]), names, version);
            }
        }

        return false;
    }

    /// <param name="need">Offset of the first library's entry: each lists the versions wanted of one library.</param>
    private static bool MarkIn(Span<byte> elf, int need, int names, string version)
    {
        byte[] name = Encoding.ASCII.GetBytes(version + "\0");
        while (true)
        {
            int entry = need + (int)BinaryPrimitives.ReadUInt32LittleEndian(elf[(need + 8)..]);
            for (int i = BinaryPrimitives.ReadUInt16LittleEndian(elf[(need + 2)..]); i > 0; i--)
            {
                int text = names + (int)BinaryPrimitives.ReadUInt32LittleEndian(elf[(entry + 8)..]);
                Span<byte> flags = elf.Slice(entry + 4, 2);
                ushort value = BinaryPrimitives.ReadUInt16LittleEndian(flags);
                if (elf[text..].StartsWith(name) && (value & WeakFlag) == 0)
                {
                    BinaryPrimitives.WriteUInt16LittleEndian(flags, (ushort)(value | WeakFlag));
                    return true;
                }

                entry += (int)BinaryPrimitives.ReadUInt32LittleEndian(elf[(entry + 12)..]);
            }

            uint next = BinaryPrimitives.ReadUInt32LittleEndian(elf[(need + 12)..]);
            if (next == 0)
            {
                return false;
            }

            need += (int)next;
        }
    }
}
