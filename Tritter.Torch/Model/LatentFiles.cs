using System.Runtime.InteropServices;
using Tritter.Inference.Model;
using static TorchSharp.torch;

namespace Tritter.Torch.Model;

/// <summary>Reads weights to continue from: rounded latents (NAME.int8 * NAME.step), float32 latents, or, for tests, a packed model.</summary>
public static class LatentFiles
{
    private const int StepColumns = 128;

    /// <summary>With its header a file then has less than 15 MB.</summary>
    private const long MostBytes = 14_500_000;

    /// <param name="path">A folder of safetensors files, a folder with a folder "latents", or one file.</param>
    /// <exception cref="ModelFormatException">A tensor is missing or has another shape.</exception>
    public static Latents Load(ModelConfig config, string path, Device device)
    {
        path = Directory.Exists(Path.Combine(path, "latents")) ? Path.Combine(path, "latents") : path;
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

    /// <summary>
    /// Writes rounded latents, an eighth of a checkpoint: int8, and a float16 step for each 128 columns of a row. Norms stay float32. They
    /// lie in files latents-I-of-N.safetensors, small enough to be carried one by one.
    /// </summary>
    /// <param name="mostBytes">Most bytes of tensors in a file; a larger tensor has one of its own.</param>
    public static void SaveRounded(Latents latents, string folder, long mostBytes = MostBytes)
    {
        using var noGrad = no_grad();
        var writer = new ShardedWriter(mostBytes);
        int layers = latents.Config.Layers.Count;
        foreach ((string name, Tensor stack) in latents.Matrices)
        {
            for (int i = 0; i < layers; i++)
            {
                AddRounded(writer, $"model.layers.{i}.{name}", PackedExport.Floats(stack[i]), stack.shape[1], stack.shape[2]);
            }
        }

        AddRounded(writer, "model.embed_tokens.weight", PackedExport.Floats(latents.Embedding), latents.Embedding.shape[0], latents.Embedding.shape[1]);
        foreach ((string name, Tensor stack) in latents.LayerNorms)
        {
            for (int i = 0; i < layers; i++)
            {
                float[] norm = PackedExport.Floats(stack[i]);
                writer.Add($"model.layers.{i}.{name}", TensorType.F32, [norm.Length], norm.Length * 4, () => MemoryMarshal.AsBytes<float>(norm).ToArray());
            }
        }

        float[] final = PackedExport.Floats(latents.FinalNorm);
        writer.Add("model.norm.weight", TensorType.F32, [final.Length], final.Length * 4, () => MemoryMarshal.AsBytes<float>(final).ToArray());
        writer.Save(folder, "latents");
    }

    private static void AddRounded(ShardedWriter writer, string name, float[] weights, long rows, long columns)
    {
        int blocks = (int)(columns + StepColumns - 1) / StepColumns;
        var steps = new Half[rows * blocks];
        var codes = new sbyte[weights.Length];
        for (int r = 0; r < rows; r++)
        {
            for (int b = 0; b < blocks; b++)
            {
                int start = (int)(r * columns) + b * StepColumns;
                Span<float> part = weights.AsSpan(start, Math.Min(StepColumns, (int)columns - b * StepColumns));
                float most = 0;
                foreach (float w in part)
                {
                    most = Math.Max(most, Math.Abs(w));
                }

                Half step = (Half)Math.Max(most / 127, 1e-7f);
                steps[r * blocks + b] = step;
                for (int c = 0; c < part.Length; c++)
                {
                    codes[start + c] = (sbyte)Math.Clamp(MathF.Round(part[c] / (float)step), -127, 127);
                }
            }
        }

        writer.Add(name + ".int8", TensorType.I8, [rows, columns], codes.Length, () => MemoryMarshal.AsBytes<sbyte>(codes).ToArray());
        writer.Add(name + ".step", TensorType.F16, [rows, blocks], steps.Length * 2, () => MemoryMarshal.AsBytes<Half>(steps).ToArray());
    }

    private static float[] Read(SafetensorsFile[] files, string name, long[] shape)
    {
        foreach (SafetensorsFile file in files)
        {
            if (file.Contains(name + ".int8"))
            {
                return Steps(file, files.FirstOrDefault(f => f.Contains(name + ".step")) ?? file, name, shape);
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

    /// <param name="steps">The file that has the steps: codes may end one file and their steps begin the next.</param>
    private static float[] Steps(SafetensorsFile file, SafetensorsFile steps, string name, long[] shape)
    {
        long blocks = (shape[1] + StepColumns - 1) / StepColumns;
        ReadOnlySpan<sbyte> codes = MemoryMarshal.Cast<byte, sbyte>(file.Bytes(name + ".int8", TensorType.I8, shape));
        Half[] each = MemoryMarshal.Cast<byte, Half>(steps.Bytes(name + ".step", TensorType.F16, shape[0], blocks)).ToArray();
        int columns = (int)shape[1];
        return Scale(codes, i => (float)each[i / columns * (int)blocks + i % columns / StepColumns]);
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
