using System.IO.MemoryMappedFiles;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Tritter.Inference.Model;

/// <summary>A whole file mapped read-only. Pages are shared between processes that map the same file.</summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private byte* _start;

    /// <exception cref="ModelFormatException">The file is missing, unreadable or empty.</exception>
    public MappedFile(string path)
    {
        try
        {
            SafeFileHandle handle = File.OpenHandle(path);
            Length = RandomAccess.GetLength(handle);
            if (Length == 0)
            {
                handle.Dispose();
                throw new ModelFormatException(path, "the file is empty");
            }

            _file = MemoryMappedFile.CreateFromFile(handle, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
            _view = _file.CreateViewAccessor(0, Length, MemoryMappedFileAccess.Read);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _file?.Dispose();
            throw new ModelFormatException(path, "cannot be read: " + e.Message, e);
        }

        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        _start += _view.PointerOffset;
    }

    /// <summary>Bytes in the file.</summary>
    public long Length { get; }

    /// <summary>Bytes of the file that <paramref name="path"/> leads to: a model folder may hold links, as Hugging Face's cache does, and FileInfo would tell the link's own length.</summary>
    /// <exception cref="IOException">The file is missing or cannot be opened.</exception>
    public static long LengthOf(string path)
    {
        using SafeFileHandle handle = File.OpenHandle(path);
        return RandomAccess.GetLength(handle);
    }

    /// <summary>Bytes <paramref name="offset"/> to <paramref name="offset"/> + <paramref name="count"/>; valid until <see cref="Dispose"/>.</summary>
    public ReadOnlySpan<byte> Slice(long offset, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + count, Length);
        ObjectDisposedException.ThrowIf(_start == null, this);
        return new ReadOnlySpan<byte>(_start + offset, count);
    }

    /// <summary>SHA-256 of <paramref name="before"/> and the whole file.</summary>
    public byte[] Checksum(ReadOnlySpan<byte> before)
    {
        const int PartBytes = 1 << 20;
        using var checksum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        checksum.AppendData(before);
        for (long at = 0; at < Length; at += PartBytes)
        {
            checksum.AppendData(Slice(at, (int)Math.Min(PartBytes, Length - at)));
        }

        return checksum.GetHashAndReset();
    }

    public void Dispose()
    {
        if (_start != null)
        {
            _start = null;
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
            _file.Dispose();
        }
    }
}
