using System.Runtime.InteropServices;
using Tritter.Inference.Model;
using static TorchSharp.torch;

namespace Tritter.Torch.Model;

/// <summary>Writes the model file that Tritter.Inference loads: 2 bits a ternary weight, int8 embedding.</summary>
public static class PackedExport
{
    public static void Save(Latents latents, string path)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var writer = new SafetensorsWriter();
        foreach ((string name, Tensor stack) in latents.Matrices)
        {
            Tensor gamma = QuantizedWeights.Gamma(stack);
            float[] gammas = Floats(gamma);
            sbyte[] codes = Codes(QuantizedWeights.Codes(stack, gamma));
            int each = codes.Length / gammas.Length;
            for (int i = 0; i < gammas.Length; i++)
            {
                int layer = i;
                string full = $"model.layers.{i}.{name}";
                writer.Add(full + "_packed", TensorType.U8, [stack.shape[1], stack.shape[2] / 4], each / 4, () => Pack(codes.AsSpan(layer * each, each)));
                writer.Add(full + "_scale", TensorType.F32, [1], 4, () => BitConverter.GetBytes(gammas[layer]));
            }
        }

        foreach ((string name, Tensor stack) in latents.LayerNorms)
        {
            float[] weights = Floats(stack);
            int each = (int)stack.shape[1];
            for (int i = 0; i < stack.shape[0]; i++)
            {
                int layer = i;
                writer.Add($"model.layers.{i}.{name}", TensorType.F32, [each], each * 4, () => MemoryMarshal.AsBytes(weights.AsSpan(layer * each, each)).ToArray());
            }
        }

        (Tensor embedding, Tensor scale) = QuantizedWeights.EmbeddingCodes(latents.Embedding);
        sbyte[] rows = Codes(embedding);
        writer.Add("model.embed_tokens.weight", TensorType.I8, latents.Embedding.shape, rows.Length, () => MemoryMarshal.AsBytes<sbyte>(rows).ToArray());
        float[] scales = Floats(scale);
        writer.Add("model.embed_tokens.scale", TensorType.F32, [scales.Length], scales.Length * 4, () => MemoryMarshal.AsBytes<float>(scales).ToArray());
        float[] final = Floats(latents.FinalNorm);
        writer.Add("model.norm.weight", TensorType.F32, [final.Length], final.Length * 4, () => MemoryMarshal.AsBytes<float>(final).ToArray());
        writer.Save(path);
    }

    internal static float[] Floats(Tensor tensor)
    {
        using Tensor here = tensor.to(ScalarType.Float32).cpu().contiguous();
        return here.data<float>().ToArray();
    }

    private static sbyte[] Codes(Tensor codes)
    {
        using Tensor here = codes.to(ScalarType.Int8).cpu().contiguous();
        return here.data<sbyte>().ToArray();
    }

    private static byte[] Pack(ReadOnlySpan<sbyte> codes)
    {
        var packed = new byte[codes.Length / 4];
        for (int i = 0; i < codes.Length; i++)
        {
            packed[i / 4] |= (byte)((codes[i] + 1) << (2 * (i % 4)));
        }

        return packed;
    }
}
