using System.Buffers.Binary;
using System.Collections.Immutable;

namespace Tritter.Repository.Projects;

/// <summary>The public key in a file that assemblies are signed with (.snk), as metadata and <c>InternalsVisibleTo</c> have it.</summary>
internal static class PublicKey
{
    // ECMA-335, II.6.2.1.3 and Windows' RSA blobs: signature algorithm, hash algorithm and length, then type, version and algorithm of the key.
    private const uint RsaSign = 0x2400;
    private const uint Sha1 = 0x8004;
    private const byte PublicBlob = 6;
    private const byte PrivateBlob = 7;
    private const int Header = 12;
    private const int BlobHeader = 20;
    private const uint Rsa1 = 0x31415352;
    private const uint Rsa2 = 0x32415352;

    /// <returns>Empty when there is no such file, or no key in it.</returns>
    public static ImmutableArray<byte> OfFile(string path)
    {
        try
        {
            return Of(File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static ImmutableArray<byte> Of(byte[] file)
    {
        if (file.Length > Header + BlobHeader && BinaryPrimitives.ReadUInt32LittleEndian(file) == RsaSign && file[Header] == PublicBlob)
        {
            return [.. file];
        }

        // A pair: of it the size, the exponent and the modulus are public.
        if (file.Length < BlobHeader || file[0] != PrivateBlob || BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(8)) != Rsa2)
        {
            return [];
        }

        int modulus = (int)(BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(12)) / 8);
        if (modulus <= 0 || file.Length < BlobHeader + modulus)
        {
            return [];
        }

        var key = new byte[Header + BlobHeader + modulus];
        BinaryPrimitives.WriteUInt32LittleEndian(key, RsaSign);
        BinaryPrimitives.WriteUInt32LittleEndian(key.AsSpan(4), Sha1);
        BinaryPrimitives.WriteInt32LittleEndian(key.AsSpan(8), BlobHeader + modulus);
        file.AsSpan(0, BlobHeader + modulus).CopyTo(key.AsSpan(Header));
        key[Header] = PublicBlob;
        BinaryPrimitives.WriteUInt32LittleEndian(key.AsSpan(Header + 8), Rsa1);
        return [.. key];
    }
}
