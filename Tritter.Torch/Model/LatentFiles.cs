using System.Runtime.InteropServices;
using Tritter.Inference.Model;
using static TorchSharp.torch;

namespace Tritter.Torch.Model;

/// <summary>Reads weights to continue from: rounded latents (NAME.int8 * NAME.step), float32 latents, or, for tests, a packed model.</summary>
public static class LatentFiles
{
    /// <param name="path">A folder of safetensors files, or one file.</param>
    /// <exception cref="ModelFormatException">A tensor is missing or has another shape.</exception>
    public static Latents Load(ModelConfig config, string path, Device device)
    {
        string[] paths = Directory.Exists(path) ? [.. Directory.GetFiles(path, "*.safetensors").Order(StringComparer.Ordinal)] : [path];
        if (paths.Length == 0)
        {
            throw new ModelFormatException(path, "has no .safetensors file");
        }

        SafetensorsFile[] files = [.. paths.Select(SafetensorsFile.Open)];
        try
        {
            return Latents.From(config, (name, shape) =>
            {
                if (name.StartsWith("model.", StringComparison.Ordinal))
                {
                    return tensor(Read(files, name, shape)).view(shape).to(device);
                }

                long[] one = shape[1..];
                float[][] layers = [.. Enumerable.Range(0, (int)shape[0]).Select(i => Read(files, $"model.layers.{i}.{name}", one))];
                return tensor(layers.SelectMany(l => l).ToArray()).view(shape).to(device);
            });
        }
        finally
        {
            foreach (SafetensorsFile file in files)
            {
                file.Dispose();
            }
        }
    }

    private static float[] Read(SafetensorsFile[] files, string name, long[] shape)
    {
        foreach (SafetensorsFile file in files)
        {
            if (file.Contains(name + ".int8"))
            {
                return Steps(file, name, shape);
            }

            if (file.Contains(name + "_packed"))
            {
                return Packed(file, name, shape);
            }

            if (name.Contains("embed_tokens", StringComparison.Ordinal) && file.Contains("model.embed_tokens.scale"))
            {
                ReadOnlySpan<sbyte> codes = MemoryMarshal.Cast<byte, sbyte>(file.Bytes(name, TensorType.I8, shape));
                float[] scales = file.Floats("model.embed_tokens.scale", shape[0]);
                return Scale(codes, i => scales[i / (int)shape[1]]);
            }

            if (file.Contains(name))
            {
                return file.Floats(name, shape);
            }
        }

        throw new ModelFormatException(files[0].Path, $"tensor '{name}' is missing");
    }

    private static float[] Steps(SafetensorsFile file, string name, long[] shape)
    {
        const int Columns = 128;
        long blocks = (shape[1] + Columns - 1) / Columns;
        ReadOnlySpan<sbyte> codes = MemoryMarshal.Cast<byte, sbyte>(file.Bytes(name + ".int8", TensorType.I8, shape));
        Half[] steps = MemoryMarshal.Cast<byte, Half>(file.Bytes(name + ".step", TensorType.F16, shape[0], blocks)).ToArray();
        int columns = (int)shape[1];
        return Scale(codes, i => (float)steps[i / columns * (int)blocks + i % columns / Columns]);
    }

    private static float[] Packed(SafetensorsFile file, string name, long[] shape)
    {
        ReadOnlySpan<byte> packed = file.Bytes(name + "_packed", TensorType.U8, shape[0], shape[1] / 4);
        float gamma = file.Floats(name + "_scale", 1)[0];
        var floats = new float[packed.Length * 4];
        for (int i = 0; i < floats.Length; i++)
        {
            floats[i] = (((packed[i / 4] >> (2 * (i % 4))) & 3) - 1) * gamma;
        }

        return floats;
    }

    private static float[] Scale(ReadOnlySpan<sbyte> codes, Func<int, float> scale)
    {
        var floats = new float[codes.Length];
        for (int i = 0; i < floats.Length; i++)
        {
            floats[i] = codes[i] * scale(i);
        }

        return floats;
    }
}
