namespace Tritter.Inference.Model.Gguf;

/// <summary>A memory-mapped GGUF file: settings and tensors by name, read in place. Format: ggml's docs/gguf.md, versions 2 and 3, little-endian.</summary>
internal sealed class GgufFile : IDisposable
{
    private readonly MappedFile _file;
    private readonly Dictionary<string, GgufTensor> _tensors;
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);
    private readonly Lock _reading = new();

    private GgufFile(MappedFile file, string path, GgufHeader header)
    {
        _file = file;
        Path = path;
        Settings = new GgufSettings(path, header.Settings);
        _tensors = header.Tensors.ToDictionary(t => t.Name, StringComparer.Ordinal);
    }

    public string Path { get; }

    public GgufSettings Settings { get; }

    /// <summary>The GGUF file that a path means: the file itself, or the only one in a folder without config.json. Null where there is none.</summary>
    public static string? Find(string path)
    {
        if (File.Exists(path))
        {
            return path;
        }

        if (!Directory.Exists(path) || File.Exists(System.IO.Path.Combine(path, "config.json")))
        {
            return null;
        }

        string[] files = Directory.GetFiles(path, "*.gguf");
        return files.Length == 1 ? files[0] : null;
    }

    /// <exception cref="ModelFormatException">The file is missing, cut off, damaged or not GGUF.</exception>
    public static GgufFile Open(string path)
    {
        var file = new MappedFile(path);
        try
        {
            return new GgufFile(file, path, GgufHeader.Read(file, path));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public bool Contains(string name) => _tensors.ContainsKey(name);

    /// <summary>A tensor's type and bytes, in the mapping: not aligned, valid until <see cref="Dispose"/>.</summary>
    /// <param name="rows">Elements of the outer axis.</param>
    /// <param name="columns">Elements of the inner axis.</param>
    /// <exception cref="ModelFormatException">The tensor is missing or has another shape.</exception>
    public ReadOnlySpan<byte> Bytes(string name, long rows, long columns, out GgufType type)
    {
        if (!_tensors.TryGetValue(name, out GgufTensor? tensor))
        {
            throw new ModelFormatException(Path, $"tensor '{name}' is missing, expected [{rows}, {columns}]");
        }

        if (tensor.Columns != columns || tensor.Rows != rows)
        {
            throw new ModelFormatException(Path, $"tensor '{name}': expected [{rows}, {columns}], found [{tensor.Rows}, {tensor.Columns}]");
        }

        lock (_reading)
        {
            _read.Add(name);
        }

        type = tensor.Type;
        return _file.Slice(tensor.Offset, (int)tensor.ByteLength);
    }

    /// <summary>The name of a tensor that nothing has asked for; null when all were read.</summary>
    public string? FirstUnread => _tensors.Keys.FirstOrDefault(name => !_read.Contains(name));

    public byte[] Checksum() => _file.Checksum([]);

    public void Dispose() => _file.Dispose();
}
