using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Tritter.Inference.Kernels;

namespace Tritter.Inference.Model;

/// <summary>A memory-mapped safetensors file: tensors by name, read in place. Format: https://github.com/huggingface/safetensors.</summary>
public sealed class SafetensorsFile : IDisposable
{
    private readonly MappedFile _file;
    private readonly Dictionary<string, TensorInfo> _tensors;
    private readonly ConcurrentDictionary<string, bool> _read = new(StringComparer.Ordinal);

    private SafetensorsFile(MappedFile file, string path, IReadOnlyList<TensorInfo> tensors)
    {
        _file = file;
        Path = path;
        Tensors = tensors;
        _tensors = tensors.ToDictionary(t => t.Name, StringComparer.Ordinal);
    }

    public string Path { get; }

    /// <summary>All tensors in file order.</summary>
    public IReadOnlyList<TensorInfo> Tensors { get; }

    /// <summary>Bytes in the file.</summary>
    public long Length => _file.Length;

    /// <exception cref="ModelFormatException">The file is missing, cut off, damaged or not safetensors.</exception>
    public static SafetensorsFile Open(string path)
    {
        var file = new MappedFile(path);
        try
        {
            return new SafetensorsFile(file, path, SafetensorsHeader.Read(file, path));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The first tensor that nothing has asked for yet.</summary>
    public TensorInfo? FirstUnread => Tensors.FirstOrDefault(t => !_read.ContainsKey(t.Name));

    public bool Contains(string name) => _tensors.ContainsKey(name);

    /// <summary>The raw bytes of a tensor, in the mapping: not aligned, valid until <see cref="Dispose"/>.</summary>
    /// <exception cref="ModelFormatException">The tensor is missing or has another type or shape.</exception>
    public ReadOnlySpan<byte> Bytes(string name, TensorType type, params ReadOnlySpan<long> shape)
    {
        if (!_tensors.TryGetValue(name, out TensorInfo? tensor))
        {
            throw new ModelFormatException(Path, $"tensor '{name}' is missing, expected {type} [{string.Join(", ", shape.ToArray())}]");
        }

        if (tensor.Type != type || !shape.SequenceEqual(tensor.Shape.ToArray()))
        {
            throw new ModelFormatException(Path,
                $"tensor '{name}': expected {type} [{string.Join(", ", shape.ToArray())}], found {tensor.Type} [{string.Join(", ", tensor.Shape)}]");
        }

        if (tensor.ByteLength > int.MaxValue)
        {
            throw new ModelFormatException(Path, $"tensor '{name}' has {tensor.ByteLength} bytes, more than the 2 GiB supported for one tensor");
        }

        _read[name] = true;
        return _file.Slice(tensor.Offset, (int)tensor.ByteLength);
    }

    /// <summary>A copy of an F32 tensor, checked to be finite.</summary>
    /// <exception cref="ModelFormatException">The tensor is missing, has another type or shape, or holds NaN or infinity.</exception>
    public float[] Floats(string name, params ReadOnlySpan<long> shape)
    {
        // Copied as bytes: safetensors does not align tensors to their element size.
        ReadOnlySpan<byte> bytes = Bytes(name, TensorType.F32, shape);
        var floats = new float[bytes.Length / 4];
        bytes.CopyTo(MemoryMarshal.AsBytes(floats.AsSpan()));
        return CheckedFinite(name, floats);
    }

    /// <summary>As <see cref="Floats"/>, of a tensor of F32, F16 or BF16.</summary>
    /// <exception cref="ModelFormatException">The tensor is missing, has another type or shape, or holds NaN or infinity.</exception>
    public unsafe float[] Widened(string name, params ReadOnlySpan<long> shape)
    {
        TensorType type = TypeOf(name) ?? TensorType.F32;
        if (type is not (TensorType.F16 or TensorType.BF16))
        {
            return Floats(name, shape);
        }

        ReadOnlySpan<byte> bytes = Bytes(name, type, shape);
        var floats = new float[bytes.Length / 2];
        fixed (byte* source = bytes)
        fixed (float* x = floats)
        {
            (type == TensorType.F16 ? RowFormat.F16 : RowFormat.BF16).Decode(source, 1, x, floats.Length);
        }

        return CheckedFinite(name, floats);
    }

    /// <summary>The type of a tensor; null when there is none of that name.</summary>
    public TensorType? TypeOf(string name) => _tensors.TryGetValue(name, out TensorInfo? tensor) ? tensor.Type : null;

    /// <summary>As <see cref="Floats"/>, in memory for the kernels.</summary>
    internal AlignedBuffer<float> FloatBuffer(string name, int length) => AlignedBuffer<float>.Of(Floats(name, length));

    /// <exception cref="ModelFormatException">Some tensor was never asked for.</exception>
    internal void ExpectAllRead(int layers)
    {
        if (FirstUnread is { } tensor)
        {
            throw new ModelFormatException(Path,
                $"tensor '{SafetensorsHeader.Shorten(tensor.Name)}' is not part of a model with {layers} layers, as config.json describes it");
        }
    }

    /// <summary>SHA-256 of <paramref name="before"/> and the whole file.</summary>
    internal byte[] Checksum(ReadOnlySpan<byte> before) => _file.Checksum(before);

    public void Dispose() => _file.Dispose();

    private float[] CheckedFinite(string name, float[] floats)
    {
        int bad = Array.FindIndex(floats, f => !float.IsFinite(f));
        return bad < 0 ? floats : throw new ModelFormatException(Path, $"tensor '{name}': element {bad} is {floats[bad]}, expected a finite number");
    }
}
