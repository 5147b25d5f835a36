using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Tritter.Inference.KvCache;

/// <summary>
/// The keys and values of one text in a file, so that another process need not compute them: header, tokens, each page's part for the
/// full-attention layers and, as far as the end of the text needs it, the one for the sliding layers, and a SHA-256 of all that.
/// </summary>
internal static class KvFile
{
    private const int BufferBytes = 1 << 20;

    /// <summary>Writes a text to a temporary file, which then takes the place of <paramref name="path"/>: nobody sees half of it.</summary>
    /// <param name="text">At least one token.</param>
    /// <param name="model">SHA-256 of the model.</param>
    /// <param name="onCard">Whether a graphics card has computed any of it.</param>
    /// <exception cref="IOException">The file cannot be written; what was at the path is still there.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    public static void Save(string path, KvLayout layout, KvSequence text, ReadOnlySpan<byte> model, bool onCard)
    {
        ExpectLittleEndian();
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, BufferBytes))
            using (var checksum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256))
            {
                Write(bytes =>
                {
                    checksum.AppendData(bytes);
                    file.Write(bytes);
                }, layout, text, model, onCard);
                file.Write(checksum.GetHashAndReset());
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            if (File.Exists(temporary))
            {
                File.Delete(temporary);
            }

            throw;
        }
    }

    /// <summary>Reads a text into the tree, unless it is longer than the tree's budget: nothing would keep it.</summary>
    /// <param name="model">SHA-256 of the model.</param>
    /// <param name="vocabulary">Tokens of the model.</param>
    /// <param name="maxTokens">Most tokens of a text.</param>
    /// <param name="fromCard">Whether to take what a graphics card has computed, too.</param>
    /// <returns>Tokens that a text which begins like this one need not compute now.</returns>
    /// <exception cref="KvFormatException">The file is missing, damaged, or another model's; the tree is as it was.</exception>
    public static int Load(string path, PrefixTree tree, ReadOnlySpan<byte> model, int vocabulary, int maxTokens, bool fromCard = false)
    {
        ExpectLittleEndian();
        try
        {
            using SafeFileHandle file = File.OpenHandle(path, options: FileOptions.SequentialScan);
            byte[] first = new byte[KvFileHeader.Bytes];
            long length = RandomAccess.GetLength(file);
            var header = KvFileHeader.Read(path, first.AsSpan(0, RandomAccess.Read(file, first, 0)), length, tree.Layout, model, maxTokens, fromCard);
            ExpectChecksum(path, file, length);
            int[] tokens = ReadTokens(path, file, header.Tokens, vocabulary);
            if (header.PageBytes(tree.Layout) <= tree.Budget)
            {
                ReadPages(path, file, header, tokens, tree);
            }

            tree.Find(tokens, out int held);
            return held;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KvFormatException(path, "cannot be read: " + e.Message, e);
        }
    }

    private static void Write(Action<ReadOnlySpan<byte>> write, KvLayout layout, KvSequence text, ReadOnlySpan<byte> model, bool onCard)
    {
        var header = new KvFileHeader(text.Length, text.FirstSliding(), onCard);
        Span<byte> first = stackalloc byte[KvFileHeader.Bytes];
        header.Write(first, layout, model);
        write(first);
        write(MemoryMarshal.AsBytes<int>(text.Tokens.ToArray()));
        using KvPage last = text.CopyLastPage();
        for (int i = 0; i < header.Pages; i++)
        {
            KvPage page = i == header.Pages - 1 ? last : text.Pages[i];
            write(page.Full!.Span);
            if (i >= header.FirstSliding)
            {
                write(page.Sliding!.Span);
            }
        }
    }

    private static void ExpectChecksum(string path, SafeFileHandle file, long length)
    {
        using var checksum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[BufferBytes];
        long end = length - KvFileHeader.ChecksumBytes;
        for (long at = 0; at < end;)
        {
            Span<byte> part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - at));
            ReadExactly(path, file, part, at);
            checksum.AppendData(part);
            at += part.Length;
        }

        Span<byte> expected = buffer.AsSpan(0, KvFileHeader.ChecksumBytes);
        ReadExactly(path, file, expected, end);
        if (!checksum.GetHashAndReset().AsSpan().SequenceEqual(expected))
        {
            throw new KvFormatException(path, "is damaged: its checksum is another");
        }
    }

    private static int[] ReadTokens(string path, SafeFileHandle file, int count, int vocabulary)
    {
        int[] tokens = new int[count];
        ReadExactly(path, file, MemoryMarshal.AsBytes(tokens.AsSpan()), KvFileHeader.Bytes);
        int bad = Array.FindIndex(tokens, t => t < 0 || t >= vocabulary);
        return bad < 0 ? tokens : throw new KvFormatException(path, $"token {bad} is {tokens[bad]}, expected 0 to {vocabulary - 1}");
    }

    private static void ReadPages(string path, SafeFileHandle file, KvFileHeader header, int[] tokens, PrefixTree tree)
    {
        using var text = new KvSequence(tree, tokens.Length);
        int held = text.Seek(tokens);
        try
        {
            long at = KvFileHeader.Bytes + (long)tokens.Length * sizeof(int);
            for (int i = 0; i < header.Pages; i++)
            {
                bool sliding = i >= header.FirstSliding;
                int end = Math.Min(tokens.Length, (i + 1) * KvLayout.PagePositions);
                if (end > text.Length)
                {
                    text.Reserve(end - text.Length);
                    ReadExactly(path, file, text.Pages[i].Full!.Span, at);
                    if (sliding)
                    {
                        ReadExactly(path, file, text.Pages[i].Sliding!.Span, at + tree.Layout.FullBytes);
                    }
                    else
                    {
                        tree.DropSliding(text.Pages[i]);
                    }

                    text.Advance(tokens.AsSpan(text.Length, end - text.Length));
                }

                at += tree.Layout.FullBytes + (sliding ? tree.Layout.SlidingBytes : 0);
            }
        }
        catch
        {
            // The file changed while it was read.
            text.Truncate(held);
            throw;
        }
    }

    /// <summary>Pages are written as they lie in memory.</summary>
    private static void ExpectLittleEndian()
    {
        if (!BitConverter.IsLittleEndian)
        {
            throw new PlatformNotSupportedException("files of keys and values are little endian, this processor is not");
        }
    }

    private static void ReadExactly(string path, SafeFileHandle file, Span<byte> bytes, long at)
    {
        while (bytes.Length > 0)
        {
            int read = RandomAccess.Read(file, bytes, at);
            if (read == 0)
            {
                throw new KvFormatException(path, "became shorter while it was read");
            }

            bytes = bytes[read..];
            at += read;
        }
    }
}
