using System.Runtime.InteropServices;
using System.Text.Json;
using Tritter.Inference.Kernels;
using Tritter.Inference.Model;

namespace Tritter.Inference.Benchmark;

/// <summary>The model that <see cref="TritterModel.Random"/> makes, as a folder of our own format: to time and test what concerns files larger than memory.</summary>
public static class RandomModelFile
{
    /// <summary>Writes config.json and model.safetensors; there is no tokenizer. Takes the memory of one matrix or the embedding.</summary>
    /// <param name="config">Of <see cref="BlockForm.Tritter"/>.</param>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static void Write(string directory, ModelConfig config, int seed)
    {
        Directory.CreateDirectory(directory);
        File.WriteAllBytes(Path.Combine(directory, "config.json"), Config(config));
        var writer = new SafetensorsWriter();
        for (int i = 0; i < config.Layers.Count; i++)
        {
            // Matrices are drawn one after the other, so they are written in this order.
            var random = new Random(seed + i);
            string p = $"model.layers.{i}.";
            Matrix(writer, p + "attention.q_proj", config.QuerySize, config.HiddenSize, random);
            Matrix(writer, p + "attention.k_proj", config.KvSize, config.HiddenSize, random);
            Matrix(writer, p + "attention.v_proj", config.KvSize, config.HiddenSize, random);
            Matrix(writer, p + "attention.o_proj", config.HiddenSize, config.QuerySize, random);
            Matrix(writer, p + "mlp.gate_proj", config.IntermediateSize, config.HiddenSize, random);
            Matrix(writer, p + "mlp.up_proj", config.IntermediateSize, config.HiddenSize, random);
            Matrix(writer, p + "mlp.down_proj", config.HiddenSize, config.IntermediateSize, random);
            Floats(writer, p + "input_layernorm.weight", config.HiddenSize, 1);
            Floats(writer, p + "attention.q_norm.weight", config.HeadDim, 1);
            Floats(writer, p + "attention.k_norm.weight", config.HeadDim, 1);
            Floats(writer, p + "attention.attn_sub_norm.weight", config.QuerySize, 1);
            Floats(writer, p + "pre_mlp_layernorm.weight", config.HiddenSize, 1);
            Floats(writer, p + "mlp.ffn_sub_norm.weight", config.IntermediateSize, 1);
            Floats(writer, p + "post_mlp_layernorm.weight", config.HiddenSize, 1);
        }

        writer.Add("model.embed_tokens.weight", TensorType.I8, [config.VocabSize, config.HiddenSize], (long)config.VocabSize * config.HiddenSize, () =>
        {
            using AlignedBuffer<sbyte> rows = RandomWeights.Embedding(config, new Random(seed - 1));
            return MemoryMarshal.AsBytes(rows.Span).ToArray();
        });
        Floats(writer, "model.embed_tokens.scale", config.VocabSize, RandomWeights.EmbeddingScale);
        Floats(writer, "model.norm.weight", config.HiddenSize, 1);
        writer.Save(Path.Combine(directory, "model.safetensors"));
    }

    private static void Matrix(SafetensorsWriter writer, string name, int rows, int columns, Random random)
    {
        writer.Add(name + ".weight_packed", TensorType.U8, [rows, columns / 4], (long)rows * (columns / 4), () => RandomWeights.Packed(rows, columns, random));
        Floats(writer, name + ".weight_scale", 1, RandomWeights.Scale);
    }

    private static void Floats(SafetensorsWriter writer, string name, int length, float value) =>
        writer.Add(name, TensorType.F32, [length], sizeof(float) * (long)length, () => MemoryMarshal.AsBytes(Enumerable.Repeat(value, length).ToArray().AsSpan()).ToArray());

    private static byte[] Config(ModelConfig config)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("model_type", "tritter");
            json.WriteString("hidden_act", "relu2");
            json.WriteNumber("vocab_size", config.VocabSize);
            json.WriteNumber("hidden_size", config.HiddenSize);
            json.WriteNumber("num_hidden_layers", config.Layers.Count);
            json.WriteNumber("num_attention_heads", config.Heads);
            json.WriteNumber("num_key_value_heads", config.KvHeads);
            json.WriteNumber("head_dim", config.HeadDim);
            json.WriteNumber("intermediate_size", config.IntermediateSize);
            json.WriteNumber("layer_norm_eps", config.NormEpsilon);
            json.WriteNumber("rope_theta", config.RopeTheta);
            json.WriteNumber("attention_scale", config.AttentionScale);
            json.WriteNumber("max_position_embeddings", config.MaxPositions);
            if (config.Layers.FirstOrDefault(layer => layer.IsSliding) is { Window: > 0 and var window })
            {
                json.WriteNumber("sliding_window", window);
            }

            json.WriteStartArray("layer_types");
            foreach (LayerAttention layer in config.Layers)
            {
                json.WriteStringValue(layer.IsSliding ? "sliding_attention" : "full_attention");
            }

            json.WriteEndArray();
            json.WriteStartArray("no_rope_layers");
            for (int i = 0; i < config.Layers.Count; i++)
            {
                if (!config.Layers[i].Rope)
                {
                    json.WriteNumberValue(i);
                }
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return stream.ToArray();
    }
}
