using System.Text;

namespace Tritter.Inference.Tests.Gguf;

/// <summary>Writes GGUF files, version 3, as the format's description says.</summary>
internal sealed class GgufWriter
{
    private const int Alignment = 32;
    private readonly List<(string Name, uint Type, Action<BinaryWriter> Write)> _settings = [];
    private readonly List<(string Name, uint Type, long[] Axes, byte[] Data)> _tensors = [];

    public void Set(string name, string value) => _settings.Add((name, 8, w => Text(w, value)));

    public void Set(string name, uint value) => _settings.Add((name, 4, w => w.Write(value)));

    public void Set(string name, float value) => _settings.Add((name, 6, w => w.Write(value)));

    public void Set(string name, string[] values) => _settings.Add((name, 9, w => Array(w, 8, values.Length, i => Text(w, values[i]))));

    public void Set(string name, int[] values) => _settings.Add((name, 9, w => Array(w, 5, values.Length, i => w.Write(values[i]))));

    public void Unset(string name) => Assert.Equal(1, _settings.RemoveAll(s => s.Name == name));

    /// <param name="axes">Innermost first, as GGUF has them.</param>
    public void Add(string name, uint type, byte[] data, params long[] axes) => _tensors.Add((name, type, axes, data));

    public byte[] ToBytes()
    {
        using var stream = new MemoryStream();
        using var w = new BinaryWriter(stream);
        w.Write("GGUF"u8);
        w.Write(3u);
        w.Write((ulong)_tensors.Count);
        w.Write((ulong)_settings.Count);
        foreach ((string name, uint type, Action<BinaryWriter> write) in _settings)
        {
            Text(w, name);
            w.Write(type);
            write(w);
        }

        ulong offset = 0;
        foreach ((string name, uint type, long[] axes, byte[] data) in _tensors)
        {
            Text(w, name);
            w.Write((uint)axes.Length);
            System.Array.ForEach(axes, a => w.Write((ulong)a));
            w.Write(type);
            w.Write(offset);
            offset += (ulong)((data.Length + Alignment - 1) / Alignment * Alignment);
        }

        Pad(w);
        foreach ((_, _, _, byte[] data) in _tensors)
        {
            w.Write(data);
            Pad(w);
        }

        return stream.ToArray();
    }

    private static void Text(BinaryWriter w, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        w.Write((ulong)bytes.Length);
        w.Write(bytes);
    }

    private static void Array(BinaryWriter w, uint type, int count, Action<int> write)
    {
        w.Write(type);
        w.Write((ulong)count);
        for (int i = 0; i < count; i++)
        {
            write(i);
        }
    }

    private static void Pad(BinaryWriter w)
    {
        while (w.BaseStream.Length % Alignment != 0)
        {
            w.Write((byte)0);
        }
    }
}
