using System.Text;
using Tritter.Core.Chunking;

namespace Tritter.Repository.Index;

/// <summary>
/// The names that a file uses, each with its lines, in one piece: a row for each use would be most of the index. For each name its text, the number of
/// its lines, and each line as the distance from the one before.
/// </summary>
internal static class NameLines
{
    public static byte[] Write(IEnumerable<SymbolReference> references)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes, Encoding.UTF8);
        foreach (IGrouping<string, SymbolReference> name in references.GroupBy(r => r.Name, StringComparer.Ordinal))
        {
            int[] lines = [.. name.Select(r => r.Line).Distinct().Order()];
            writer.Write(name.Key);
            writer.Write7BitEncodedInt(lines.Length);
            int last = 0;
            foreach (int line in lines)
            {
                writer.Write7BitEncodedInt(line - last);
                last = line;
            }
        }

        return bytes.ToArray();
    }

    /// <summary>The lines of one name, ascending.</summary>
    public static IReadOnlyList<int> Find(byte[] written, string name)
    {
        using var reader = new BinaryReader(new MemoryStream(written), Encoding.UTF8);
        while (reader.BaseStream.Position < written.Length)
        {
            bool isIt = reader.ReadString() == name;
            int[] lines = new int[reader.Read7BitEncodedInt()];
            int last = 0;
            for (int i = 0; i < lines.Length; i++)
            {
                lines[i] = last += reader.Read7BitEncodedInt();
            }

            if (isIt)
            {
                return lines;
            }
        }

        return [];
    }
}
