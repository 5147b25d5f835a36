using System.Buffers.Binary;
using System.Text.Json;

namespace Tritter.Inference.Model;

/// <summary>Where one tensor lies in a safetensors file.</summary>
/// <param name="Shape">Lengths of the axes, outermost first; empty for a scalar.</param>
/// <param name="Offset">First byte, counted from the start of the file.</param>
/// <param name="ByteLength">Bytes of the tensor: elements times their size.</param>
public sealed record TensorInfo(string Name, TensorType Type, IReadOnlyList<long> Shape, long Offset, long ByteLength);

/// <summary>
/// The header of a safetensors file: 8 bytes of length (little-endian), that many bytes of JSON, then the tensors' bytes back to back.
/// Everything is checked before it is believed, since a file may be cut off, damaged or made to do harm.
/// </summary>
internal static class SafetensorsHeader
{
    /// <summary>The reference implementation's own limit; real headers are far smaller.</summary>
    private const long MaxHeaderBytes = 100_000_000;

    /// <summary>The file's tensors in file order, covering its data without gap or overlap.</summary>
    /// <exception cref="ModelFormatException">The header does not describe this file.</exception>
    public static IReadOnlyList<TensorInfo> Read(MappedFile file, string path)
    {
        if (file.Length < 8)
        {
            throw new ModelFormatException(path, $"expected a safetensors file of at least 8 bytes, found {file.Length}");
        }

        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(file.Slice(0, 8));
        if (headerLength > MaxHeaderBytes || (long)headerLength > file.Length - 8)
        {
            throw new ModelFormatException(path, $"the header claims {headerLength} bytes, but the file has {file.Length - 8} after its length field; is it cut off?");
        }

        long dataStart = 8 + (long)headerLength;
        var tensors = new List<TensorInfo>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            var json = new Utf8JsonReader(file.Slice(8, (int)headerLength));
            Expect(json.Read() && json.TokenType == JsonTokenType.StartObject, path, "the header is not a JSON object");
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                string name = json.GetString()!;
                Expect(names.Add(name), path, $"the header names '{Shorten(name)}' twice");
                json.Read();
                if (name == "__metadata__")
                {
                    json.Skip();
                }
                else
                {
                    tensors.Add(ReadTensor(ref json, name, dataStart, file.Length, path));
                }
            }

            Expect(json.TokenType == JsonTokenType.EndObject, path, "the header's JSON object does not end");
            while (json.Read())
            {
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new ModelFormatException(path, "the header is not valid JSON: " + Shorten(e.Message), e);
        }

        CheckCover(tensors, dataStart, file.Length, path);
        return tensors;
    }

    private static TensorInfo ReadTensor(ref Utf8JsonReader json, string name, long dataStart, long fileLength, string path)
    {
        string shown = Shorten(name);
        Expect(json.TokenType == JsonTokenType.StartObject, path, $"tensor '{shown}' is not described by an object");
        TensorType? type = null;
        List<long>? shape = null;
        List<long>? offsets = null;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            string key = json.GetString()!;
            json.Read();
            switch (key)
            {
                case "dtype" when type is null:
                    string found = json.GetString() ?? "null";
                    Expect(Enum.TryParse(found, out TensorType parsed) && parsed.ToString() == found, path,
                        $"tensor '{shown}' has dtype '{Shorten(found)}', expected one of {string.Join(", ", Enum.GetNames<TensorType>())}");
                    type = parsed;
                    break;
                case "shape" when shape is null:
                    shape = ReadNumbers(ref json, shown, "shape", path);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ReadNumbers(ref json, shown, "data_offsets", path);
                    break;
                default:
                    throw new ModelFormatException(path, $"tensor '{shown}' has the key '{Shorten(key)}', which is unknown or there twice");
            }
        }

        if (type is null || shape is null || offsets is null)
        {
            throw new ModelFormatException(path, $"tensor '{shown}' lacks dtype, shape or data_offsets");
        }

        Expect(offsets.Count == 2 && offsets[0] <= offsets[1], path, $"tensor '{shown}' has data_offsets [{string.Join(", ", offsets.Take(4))}], expected [start, end]");
        Expect(offsets[1] <= fileLength - dataStart, path, $"tensor '{shown}' ends at byte {offsets[1]} of the data, but the file has {fileLength - dataStart}; is it cut off?");
        long expected = ByteLength(type.Value, shape, shown, path);
        Expect(offsets[1] - offsets[0] == expected, path,
            $"tensor '{shown}' of shape [{string.Join(", ", shape)}] and dtype {type} needs {expected} bytes, but data_offsets give {offsets[1] - offsets[0]}");
        return new TensorInfo(name, type.Value, shape, dataStart + offsets[0], expected);
    }

    private static List<long> ReadNumbers(ref Utf8JsonReader json, string tensor, string key, string path)
    {
        Expect(json.TokenType == JsonTokenType.StartArray, path, $"tensor '{tensor}': {key} is not an array");
        var numbers = new List<long>();
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            Expect(json.TokenType == JsonTokenType.Number && json.TryGetInt64(out long n) && n >= 0 && numbers.Count < 8, path,
                $"tensor '{tensor}': {key} is not a short array of whole numbers from 0 up");
            numbers.Add(json.GetInt64());
        }

        return numbers;
    }

    private static long ByteLength(TensorType type, List<long> shape, string tensor, string path)
    {
        try
        {
            return shape.Aggregate((long)type.Size(), (bytes, axis) => checked(bytes * axis));
        }
        catch (OverflowException e)
        {
            throw new ModelFormatException(path, $"tensor '{tensor}' has the impossible shape [{string.Join(", ", shape)}]", e);
        }
    }

    private static void CheckCover(List<TensorInfo> tensors, long dataStart, long fileLength, string path)
    {
        tensors.Sort((a, b) => (a.Offset, a.ByteLength).CompareTo((b.Offset, b.ByteLength)));
        long next = dataStart;
        foreach (TensorInfo tensor in tensors)
        {
            Expect(tensor.Offset == next, path,
                $"tensor '{Shorten(tensor.Name)}' starts at byte {tensor.Offset - dataStart} of the data, expected {next - dataStart}: tensors overlap or leave a gap");
            next += tensor.ByteLength;
        }

        Expect(next == fileLength, path, $"the tensors end at byte {next}, but the file has {fileLength}");
    }

    private static void Expect(bool condition, string path, string problem)
    {
        if (!condition)
        {
            throw new ModelFormatException(path, problem);
        }
    }

    /// <summary>Names and messages from the file go into one-line errors: keep them short and free of control characters.</summary>
    internal static string Shorten(string text)
    {
        string oneLine = string.Concat(text.Take(80).Select(c => char.IsControl(c) ? '?' : c));
        return text.Length > 80 ? oneLine + "…" : oneLine;
    }
}
