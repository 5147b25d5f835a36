using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace Tritter.Torch.Corpus;

/// <summary>
/// Texts one after another: a line "repository TAB path TAB language TAB bytes", then so many bytes of UTF-8 and a line feed. A name that
/// ends in .br is compressed with Brotli; others are plain, for whoever compresses them with something stronger.
/// </summary>
public static class ShardFile
{
    public static Stream Create(string path) => path.EndsWith(".br", StringComparison.Ordinal)
        ? new BrotliStream(File.Create(path), CompressionLevel.Optimal)
        : new BufferedStream(File.Create(path), 1 << 20);

    public static void Write(Stream stream, SourceFile file)
    {
        byte[] text = Encoding.UTF8.GetBytes(file.Text);
        stream.Write(Encoding.UTF8.GetBytes($"{file.Repository}\t{file.Path}\t{file.Language}\t{text.Length.ToString(CultureInfo.InvariantCulture)}\n"));
        stream.Write(text);
        stream.WriteByte((byte)'\n');
    }

    /// <exception cref="InvalidDataException">The file is cut off or no shard.</exception>
    public static IEnumerable<SourceFile> Read(string path)
    {
        using Stream file = new BufferedStream(File.OpenRead(path), 1 << 20);
        using Stream stream = path.EndsWith(".br", StringComparison.Ordinal) ? new BufferedStream(new BrotliStream(file, CompressionMode.Decompress), 1 << 20) : file;
        var line = new List<byte>();
        while (true)
        {
            line.Clear();
            int b;
            while ((b = stream.ReadByte()) >= 0 && b != '\n')
            {
                line.Add((byte)b);
            }

            if (b < 0)
            {
                yield break;
            }

            string[] parts = Encoding.UTF8.GetString([.. line]).Split('\t');
            if (parts.Length != 4 || !int.TryParse(parts[3], CultureInfo.InvariantCulture, out int length))
            {
                throw new InvalidDataException($"{path}: is no corpus shard, or is damaged");
            }

            byte[] text = new byte[length];
            stream.ReadExactly(text);
            stream.ReadByte();
            yield return new SourceFile(parts[0], parts[1], parts[2], Encoding.UTF8.GetString(text));
        }
    }
}
