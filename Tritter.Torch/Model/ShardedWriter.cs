using System.Globalization;
using System.Text.Json;
using Tritter.Inference.Model;

namespace Tritter.Torch.Model;

/// <summary>Tensors in several safetensors files NAME-I-of-N, in the order in which they were added, with the index that Hugging Face's readers expect.</summary>
public sealed class ShardedWriter(long mostBytes)
{
    private readonly List<(SafetensorsWriter Writer, List<string> Names, long Bytes)> _shards = [];

    public void Add(string name, TensorType type, long[] shape, long length, Func<byte[]> bytes)
    {
        if (_shards.Count == 0 || _shards[^1].Bytes + length > mostBytes)
        {
            _shards.Add((new SafetensorsWriter(), [], 0));
        }

        (SafetensorsWriter writer, List<string> names, long before) = _shards[^1];
        writer.Add(name, type, shape, length, bytes);
        names.Add(name);
        _shards[^1] = (writer, names, before + length);
    }

    /// <summary>Files of an earlier save with the same name are deleted: they may be more than now.</summary>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public void Save(string folder, string name)
    {
        Directory.CreateDirectory(folder);
        foreach (string old in Directory.GetFiles(folder, name + "-*.safetensors"))
        {
            File.Delete(old);
        }

        var index = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (int i = 0; i < _shards.Count; i++)
        {
            string file = string.Create(CultureInfo.InvariantCulture, $"{name}-{i + 1:D5}-of-{_shards.Count:D5}.safetensors");
            _shards[i].Writer.Save(Path.Combine(folder, file));
            _shards[i].Names.ForEach(tensor => index[tensor] = file);
        }

        File.WriteAllText(Path.Combine(folder, name + ".safetensors.index.json"), JsonSerializer.Serialize(new { metadata = new { total_size = _shards.Sum(s => s.Bytes) }, weight_map = index }));
    }
}
