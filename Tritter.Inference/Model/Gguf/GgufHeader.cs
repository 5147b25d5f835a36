using System.Buffers.Binary;
using System.Text;

namespace Tritter.Inference.Model.Gguf;

/// <summary>Where one tensor lies in a GGUF file.</summary>
/// <param name="Rows">Product of all axes but the innermost.</param>
/// <param name="Columns">Elements of the innermost axis, which GGUF names first.</param>
/// <param name="Offset">First byte, counted from the start of the file.</param>
internal sealed record GgufTensor(string Name, GgufType Type, long Rows, long Columns, long Offset, long ByteLength);

/// <summary>
/// The header of a GGUF file: magic, version, counts, settings (name, type, value), tensors (name, axes, type, offset), then the data at the
/// next multiple of the alignment. Everything is checked before it is believed.
/// </summary>
/// <param name="Settings">Numbers as long or double, bool, string, or an array of one of them.</param>
internal sealed record GgufHeader(IReadOnlyDictionary<string, object> Settings, IReadOnlyList<GgufTensor> Tensors)
{
    private const int MaxNames = 1 << 20;
    private const int MaxArray = 1 << 24;
    private const int MaxAxes = 4;

    /// <exception cref="ModelFormatException">The header does not describe this file.</exception>
    public static GgufHeader Read(MappedFile file, string path)
    {
        var reader = new Reader(file, path);
        reader.Expect(file.Length >= 24 && reader.Take(4).SequenceEqual("GGUF"u8), "is not a GGUF file");
        uint version = reader.U32();
        reader.Expect(version is 2 or 3, $"expected GGUF version 2 or 3, found {version}");
        long tensorCount = reader.Count("tensors", MaxNames);
        long settingCount = reader.Count("settings", MaxNames);
        var settings = new Dictionary<string, object>(StringComparer.Ordinal);
        for (long i = 0; i < settingCount; i++)
        {
            string name = reader.String();
            reader.Expect(settings.TryAdd(name, reader.Value(reader.U32())), $"the setting '{SafetensorsHeader.Shorten(name)}' is there twice");
        }

        var found = new List<(string Name, uint Type, long[] Axes, ulong Offset)>();
        for (long i = 0; i < tensorCount; i++)
        {
            string name = reader.String();
            uint axes = reader.U32();
            reader.Expect(axes is > 0 and <= MaxAxes, $"tensor '{SafetensorsHeader.Shorten(name)}' has {axes} axes");
            var lengths = new long[axes];
            for (int a = 0; a < axes; a++)
            {
                lengths[a] = (long)reader.U64();
            }

            found.Add((name, reader.U32(), lengths, reader.U64()));
        }

        long alignment = settings.TryGetValue("general.alignment", out object? a1) && a1 is long given ? given : 32;
        reader.Expect(alignment is > 0 and <= 1 << 20, $"general.alignment is {alignment}");
        long data = (reader.At + alignment - 1) / alignment * alignment;
        GgufTensor[] tensors = [.. found.Select(t => Tensor(reader, t.Name, t.Type, t.Axes, t.Offset, data, file.Length))];
        reader.Expect(tensors.DistinctBy(t => t.Name).Count() == tensors.Length, "a tensor's name is there twice");
        return new GgufHeader(settings, tensors);
    }

    private static GgufTensor Tensor(Reader reader, string name, uint type, long[] axes, ulong offset, long data, long fileLength)
    {
        string shown = SafetensorsHeader.Shorten(name);
        reader.Expect(Enum.IsDefined((GgufType)type), $"tensor '{shown}' has element type {type}, expected one of {string.Join(", ", Enum.GetNames<GgufType>())}");
        reader.Expect(axes.All(a => a is > 0 and < 1L << 40), $"tensor '{shown}' has the impossible shape [{string.Join(", ", axes)}]");
        try
        {
            long rows = axes.Skip(1).Aggregate(1L, (product, axis) => checked(product * axis));
            long bytes = ((GgufType)type).BytesOf(rows, axes[0]);
            reader.Expect(bytes >= 0, $"tensor '{shown}': rows of {axes[0]} are not whole blocks of {(GgufType)type}");
            reader.Expect(bytes <= int.MaxValue, $"tensor '{shown}' has {bytes} bytes, more than the 2 GiB supported for one tensor");
            reader.Expect(offset <= (ulong)fileLength && data + (long)offset + bytes <= fileLength, $"tensor '{shown}' ends behind the end of the file; is it cut off?");
            return new GgufTensor(name, (GgufType)type, rows, axes[0], data + (long)offset, bytes);
        }
        catch (OverflowException)
        {
            throw new ModelFormatException(reader.Path, $"tensor '{shown}' has the impossible shape [{string.Join(", ", axes)}]");
        }
    }

    /// <summary>A place in the header that moves on with each value.</summary>
    private sealed class Reader(MappedFile file, string path)
    {
        public string Path => path;

        public long At { get; private set; }

        public void Expect(bool condition, string problem)
        {
            if (!condition)
            {
                throw new ModelFormatException(path, problem);
            }
        }

        public ReadOnlySpan<byte> Take(long count)
        {
            Expect(count >= 0 && count <= file.Length - At && count <= int.MaxValue, "the header ends behind the end of the file; is it cut off?");
            ReadOnlySpan<byte> bytes = file.Slice(At, (int)count);
            At += count;
            return bytes;
        }

        public uint U32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

        public ulong U64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

        public long Count(string what, int most)
        {
            ulong count = U64();
            Expect(count <= (ulong)most, $"the header claims {count} {what}");
            return (long)count;
        }

        public string String() => Encoding.UTF8.GetString(Take(Count("bytes of a string", int.MaxValue)));

        public object Value(uint type) => type switch
        {
            0 => (long)Take(1)[0],
            1 => (long)(sbyte)Take(1)[0],
            2 => (long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2)),
            3 => (long)BinaryPrimitives.ReadInt16LittleEndian(Take(2)),
            4 => (long)U32(),
            5 => (long)(int)U32(),
            6 => (double)BinaryPrimitives.ReadSingleLittleEndian(Take(4)),
            7 => Take(1)[0] != 0,
            8 => String(),
            9 => Array(),
            10 or 11 => (long)U64(),
            12 => BinaryPrimitives.ReadDoubleLittleEndian(Take(8)),
            _ => throw new ModelFormatException(path, $"a setting has the unknown type {type}"),
        };

        private object[] Array()
        {
            uint type = U32();
            Expect(type != 9, "a setting is an array of arrays");
            var values = new List<object>();
            for (long left = Count("elements of an array", MaxArray); left > 0; left--)
            {
                values.Add(Value(type));
            }

            return [.. values];
        }
    }
}
