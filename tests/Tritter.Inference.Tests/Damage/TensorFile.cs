using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tritter.Inference.Model;

namespace Tritter.Inference.Tests.Damage;

/// <summary>The tensors of a safetensors file, to be changed and written again.</summary>
internal sealed class TensorFile
{
    private readonly List<(string Name, string Type, long[] Shape, byte[] Data)> _tensors = [];

    public static TensorFile Read(string path)
    {
        var tensors = new TensorFile();
        byte[] bytes = File.ReadAllBytes(path);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        foreach (TensorInfo tensor in file.Tensors)
        {
            tensors.Add(tensor.Name, tensor.Type.ToString(), [.. tensor.Shape], bytes.AsSpan((int)tensor.Offset, (int)tensor.ByteLength).ToArray());
        }

        return tensors;
    }

    /// <summary>A file of a header as given and so many zeros.</summary>
    public static byte[] Raw(string header, int dataBytes)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        var file = new byte[8 + json.Length + dataBytes];
        BinaryPrimitives.WriteInt64LittleEndian(file, json.Length);
        json.CopyTo(file, 8);
        return file;
    }

    public void Add(string name, string type, long[] shape, byte[] data) => _tensors.Add((name, type, shape, data));

    public void Remove(string name) => Assert.Equal(1, _tensors.RemoveAll(t => t.Name == name));

    public void Rename(string name, string newName) => Replace(name, t => (newName, t.Type, t.Shape, t.Data));

    /// <summary>Gives a tensor another type and shape, and as many bytes as they need.</summary>
    public void Reshape(string name, string type, params long[] shape)
    {
        int bytes = (int)shape.Aggregate((long)Enum.Parse<TensorType>(type).Size(), (product, axis) => product * axis);
        Replace(name, _ => (name, type, shape, new byte[bytes]));
    }

    /// <summary>Changes a tensor's bytes in place.</summary>
    public void Edit(string name, Action<byte[]> edit) => edit(_tensors.Single(t => t.Name == name).Data);

    public void Save(string path)
    {
        var header = new JsonObject();
        long offset = 0;
        foreach ((string name, string type, long[] shape, byte[] data) in _tensors)
        {
            header[name] = new JsonObject
            {
                ["dtype"] = type,
                ["shape"] = JsonSerializer.SerializeToNode(shape),
                ["data_offsets"] = JsonSerializer.SerializeToNode(new[] { offset, offset + data.Length }),
            };
            offset += data.Length;
        }

        byte[] file = Raw(header.ToJsonString(), (int)offset);
        int next = file.Length - (int)offset;
        foreach ((_, _, _, byte[] data) in _tensors)
        {
            data.CopyTo(file, next);
            next += data.Length;
        }

        File.WriteAllBytes(path, file);
    }

    private void Replace(string name, Func<(string Name, string Type, long[] Shape, byte[] Data), (string, string, long[], byte[])> change)
    {
        int i = _tensors.FindIndex(t => t.Name == name);
        _tensors[i] = change(_tensors[i]);
    }
}
