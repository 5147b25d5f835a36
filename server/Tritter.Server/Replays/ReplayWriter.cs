using System.Buffers;
using System.Text.Json;
using Tritter.Core.Replay;

namespace Tritter.Server.Replays;

/// <summary>
/// Appends completions to a replay file. It holds its user's source code: a file made here can be read by that user only. The file is open
/// only while a line is written, so that several editors may share one.
/// </summary>
public sealed class ReplayWriter
{
    private readonly string _path;

    /// <summary>Makes the file unless it is there.</summary>
    /// <exception cref="IOException">The file cannot be written, or holds something else.</exception>
    /// <exception cref="UnauthorizedAccessException">The file, or a new one in its folder, may not be written.</exception>
    public ReplayWriter(string path)
    {
        // Whoever changes the current folder later does not mean this file.
        _path = Path.GetFullPath(path);
        using FileStream file = Open();
        GoToEnd(file);
    }

    /// <summary>Writes the record in one piece, so that a crash cuts off one line at most.</summary>
    /// <exception cref="IOException">The disk is full, or the like; later completions may still be appended.</exception>
    /// <exception cref="UnauthorizedAccessException">The file was made read-only meanwhile.</exception>
    public void Append(CompletionRecord record)
    {
        using FileStream file = Open();
        var line = new ArrayBufferWriter<byte>();
        if (GoToEnd(file) is int last and >= 0 and not '\n')
        {
            line.Write("\n"u8);
        }

        using (var json = new Utf8JsonWriter(line, new JsonWriterOptions { Encoder = ReplayJson.Strict.Options.Encoder }))
        {
            JsonSerializer.Serialize(json, record, ReplayJson.Strict.CompletionRecord);
        }

        line.Write("\n"u8);
        file.Write(line.WrittenSpan);
    }

    private FileStream Open()
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return SharedFile.Open(_path, options);
    }

    /// <summary>Goes to the file's end, unless it is somebody's source or some other thing that a mistyped name would spoil.</summary>
    /// <returns>The last byte; -1 when there is none.</returns>
    private static int GoToEnd(FileStream file)
    {
        if (file.Length == 0)
        {
            return -1;
        }

        Span<byte> first = stackalloc byte[ReplayReader.Beginning.Length];
        int read = file.ReadAtLeast(first, first.Length, throwOnEndOfStream: false);
        if (!ReplayReader.Beginning.StartsWith(first[..read]))
        {
            throw new IOException("it holds something else than completions");
        }

        file.Seek(-1, SeekOrigin.End);
        return file.ReadByte();
    }
}
