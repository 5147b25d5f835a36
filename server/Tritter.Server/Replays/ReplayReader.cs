using System.Buffers;
using System.Text;
using System.Text.Json;
using Tritter.Core.Replay;

namespace Tritter.Server.Replays;

/// <summary>One line of a replay file.</summary>
/// <param name="Number">1 for the first.</param>
/// <param name="Record">Null when the line holds none that can be used.</param>
/// <param name="IsCutOff">The line ends too early, as the last one does when the machine or the process stopped while writing it.</param>
/// <param name="Problem">What is wrong with a line that has no record.</param>
internal sealed record ReplayLine(int Number, CompletionRecord? Record, bool IsCutOff = false, string? Problem = null);

/// <summary>Reads replay files: a <see cref="CompletionRecord"/> a line.</summary>
internal static class ReplayReader
{
    private const int BlockBytes = 1 << 16;

    /// <summary>How every line begins.</summary>
    public static ReadOnlySpan<byte> Beginning => "{\"replay\":"u8;

    /// <summary>The lines of the file, read as they are asked for; blank ones are passed over.</summary>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static IEnumerable<ReplayLine> Read(string path)
    {
        int number = 0;
        foreach (byte[] line in Lines(path))
        {
            number++;
            // A line break behind a line that was cut off would stand in the middle of its JSON.
            ReadOnlyMemory<byte> json = line.AsMemory().TrimEnd("\r\n"u8);
            if (!json.IsEmpty)
            {
                yield return Parse(number, json.Span);
            }
        }
    }

    public static ReplayLine Parse(int number, ReadOnlySpan<byte> json)
    {
        if (!json.StartsWith(Beginning) && !Beginning.StartsWith(json))
        {
            return Damaged(number, $"expected a line that begins with {Encoding.UTF8.GetString(Beginning)}");
        }

        try
        {
            if (!IsComplete(json))
            {
                return new ReplayLine(number, null, IsCutOff: true, "it is cut off");
            }

            CompletionRecord? record = JsonSerializer.Deserialize(json, ReplayJson.Strict.CompletionRecord);
            return record switch
            {
                { Replay: CompletionRecord.Format, Request: var request } when (uint)request.Offset <= (uint)request.Text.Length => new ReplayLine(number, record),
                { Replay: CompletionRecord.Format, Request: var request } => Damaged(number, $"request.offset: expected 0 to {request.Text.Length}, found {request.Offset}"),
                _ => Damaged(number, $"it has form {record!.Replay}, and this tritter reads form {CompletionRecord.Format}"),
            };
        }
        catch (JsonException e)
        {
            return Damaged(number, e.Message.ReplaceLineEndings(" "));
        }
    }

    private static IEnumerable<byte[]> Lines(string path)
    {
        for (long start = 0; ReadLine(path, start) is { Length: > 0 } line; start += line.Length)
        {
            yield return line;
        }
    }

    /// <summary>Bytes from <paramref name="start"/> to the end of the line, which is one of them unless the file ends before.</summary>
    private static byte[] ReadLine(string path, long start)
    {
        // Opened anew for each line: a replay takes its time, and whoever records must not wait for it.
        using FileStream file = SharedFile.Open(path, new FileStreamOptions { Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0 });
        file.Position = start;
        var line = new ArrayBufferWriter<byte>();
        while (true)
        {
            Span<byte> block = line.GetSpan(BlockBytes);
            block = block[..file.Read(block)];
            int end = block.IndexOf((byte)'\n') + 1;
            line.Advance(end > 0 ? end : block.Length);
            if (end > 0 || block.Length == 0)
            {
                return line.WrittenSpan.ToArray();
            }
        }
    }

    private static ReplayLine Damaged(int number, string problem) => new(number, null, Problem: problem);

    /// <summary>Whether the line holds a whole JSON value; false when it ends before that.</summary>
    /// <exception cref="JsonException">It is no JSON.</exception>
    private static bool IsComplete(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, isFinalBlock: false, default);
        return reader.Read() && reader.TrySkip();
    }
}
