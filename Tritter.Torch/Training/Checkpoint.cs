using System.Runtime.InteropServices;
using System.Text.Json;
using Tritter.Inference.Model;
using Tritter.Torch.Model;
using static TorchSharp.torch;

namespace Tritter.Torch.Training;

/// <summary>How far a run is.</summary>
/// <param name="Seconds">Of training, all interrupted parts together.</param>
/// <param name="MeanLoss">What the spike guard compares with.</param>
public sealed record Progress(long Step, long Tokens, double Seconds, double MeanLoss, DataPosition Position);

/// <summary>All that a run needs to go on as if nothing had happened: latents, the optimisers' memory, and the place in the data.</summary>
public static class Checkpoint
{
    public static void Save(string path, Progress progress, params (string Name, Latents Latents)[] parts)
    {
        var writer = new SafetensorsWriter();
        foreach ((string part, Latents latents) in parts)
        {
            foreach ((string name, Tensor tensor) in Kept(part, latents))
            {
                writer.Add($"{part}.{name}", TensorType.F32, tensor.shape, tensor.numel() * 4, () => MemoryMarshal.AsBytes<float>(PackedExport.Floats(tensor)).ToArray());
            }
        }

        writer.Save(path, new Dictionary<string, string> { ["progress"] = JsonSerializer.Serialize(progress) });
    }

    /// <exception cref="ModelFormatException">The file is damaged or belongs to another model.</exception>
    public static Progress Load(string path, params (string Name, Latents Latents)[] parts)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        foreach ((string part, Latents latents) in parts)
        {
            foreach ((string name, Tensor tensor) in Kept(part, latents))
            {
                using Tensor stored = from_array(file.Floats($"{part}.{name}", tensor.shape)).view(tensor.shape);
                tensor.copy_(stored);
            }
        }

        return ReadProgress(path);
    }

    /// <summary>Muon keeps one momentum a matrix, Adam two numbers a vector; the others of a set of latents stay zero and are not stored.</summary>
    private static IEnumerable<(string Name, Tensor Tensor)> Kept(string part, Latents latents)
    {
        HashSet<string> matrices = [.. latents.Matrices.Select(m => m.Name)];
        return latents.All.Where(p => part switch
        {
            "latents" => true,
            "momentum" => true,
            _ => !matrices.Contains(p.Name),
        });
    }

    private static Progress ReadProgress(string path)
    {
        using FileStream file = File.OpenRead(path);
        using var reader = new BinaryReader(file);
        byte[] header = reader.ReadBytes((int)reader.ReadInt64());
        using JsonDocument json = JsonDocument.Parse(header);
        return JsonSerializer.Deserialize<Progress>(json.RootElement.GetProperty("__metadata__").GetProperty("progress").GetString()!)!;
    }
}
