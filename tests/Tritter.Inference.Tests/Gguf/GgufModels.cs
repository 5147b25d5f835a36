using Tritter.Inference.Kernels;
using Tritter.Inference.Model;
using Tritter.Inference.Tokenizer;

namespace Tritter.Inference.Tests.Gguf;

/// <summary>GGUF files of the weights that <see cref="TritterModel"/> loaded from elsewhere.</summary>
internal static class GgufModels
{
    public const uint F32 = 0, F16 = 1, Q8_0 = 8, Q6_K = 14, BF16 = 30, Tq1 = 34, Tq2 = 35, I2S = 36;

    /// <param name="ternary">Type of the ternary matrices; a float type holds scaled -1, 0 and +1.</param>
    /// <param name="plain">Type of the embedding and the output matrix.</param>
    /// <param name="head">Rows of an output matrix of its own; null when it is tied.</param>
    public static GgufWriter Write(TritterModel model, uint ternary, uint plain, float[] embedding, float[]? head)
    {
        ModelConfig config = model.Config;
        var file = new GgufWriter();
        file.Set("general.architecture", "bitnet-b1.58");
        file.Set("bitnet-b1.58.embedding_length", (uint)config.HiddenSize);
        file.Set("bitnet-b1.58.block_count", (uint)config.Layers.Count);
        file.Set("bitnet-b1.58.attention.head_count", (uint)config.Heads);
        file.Set("bitnet-b1.58.attention.head_count_kv", (uint)config.KvHeads);
        file.Set("bitnet-b1.58.feed_forward_length", (uint)config.IntermediateSize);
        file.Set("bitnet-b1.58.attention.layer_norm_rms_epsilon", config.NormEpsilon);
        file.Set("bitnet-b1.58.rope.freq_base", config.RopeTheta);
        file.Set("bitnet-b1.58.context_length", (uint)config.MaxPositions);
        file.Set("bitnet-b1.58.vocab_size", (uint)config.VocabSize);
        AddTokenizer(file, config.VocabSize);
        file.Add("token_embd.weight", plain, Encode(plain, embedding), config.HiddenSize, config.VocabSize);
        if (head is not null)
        {
            file.Add("output.weight", plain, Encode(plain, head), config.HiddenSize, config.VocabSize);
        }

        file.Add("output_norm.weight", F32, GgmlBlocks.F32(model.FinalNorm.Span.ToArray()), config.HiddenSize);
        for (int i = 0; i < model.Layers.Count; i++)
        {
            LayerWeights layer = model.Layers[i];
            foreach ((string name, TernaryMatrix matrix) in new[]
            {
                ("attn_q", layer.Query), ("attn_k", layer.Key), ("attn_v", layer.Value), ("attn_output", layer.Output),
                ("ffn_gate", layer.Gate), ("ffn_up", layer.Up), ("ffn_down", layer.Down),
            })
            {
                file.Add($"blk.{i}.{name}.weight", ternary, Encode(ternary, matrix), matrix.Columns, matrix.Rows);
            }

            foreach ((string name, AlignedBuffer<float> norm) in new[]
            {
                ("attn_norm", layer.InputNorm), ("attn_sub_norm", layer.AttentionSubNorm!), ("ffn_norm", layer.PreMlpNorm!), ("ffn_sub_norm", layer.FfnSubNorm!),
            })
            {
                file.Add($"blk.{i}.{name}.weight", F32, GgmlBlocks.F32(norm.Span.ToArray()), norm.Length);
            }
        }

        return file;
    }

    /// <summary>All bytes, then "ab" and "abc", then names that mean nothing and one special token.</summary>
    private static void AddTokenizer(GgufWriter file, int size)
    {
        // A vocabulary of 256 has no room beside the bytes for more.
        string[] more = [.. new[] { "ab", "abc" }.Concat(Enumerable.Range(0, Math.Max(0, size - 259)).Select(i => $"unused{i}")).Append("<|eot_id|>").Take(size - 256)];
        file.Set("tokenizer.ggml.model", "gpt2");
        file.Set("tokenizer.ggml.pre", "llama-bpe");
        file.Set("tokenizer.ggml.tokens", [.. Enumerable.Range(0, 256).Select(b => ByteLevel.ToChar((byte)b).ToString()), .. more]);
        file.Set("tokenizer.ggml.token_type", [.. Enumerable.Repeat(1, size - 1), more.Length > 0 ? 3 : 1]);
        file.Set("tokenizer.ggml.merges", more.Length > 2 ? ["a b", "ab c"] : System.Array.Empty<string>());
    }

    private static byte[] Encode(uint type, float[] x) => type switch
    {
        F32 => GgmlBlocks.F32(x),
        F16 => GgmlBlocks.F16(x),
        BF16 => GgmlBlocks.BF16(x),
        Q8_0 => GgmlBlocks.Q8_0(x),
        _ => GgmlBlocks.Q6_K(x),
    };

    private static byte[] Encode(uint type, TernaryMatrix matrix)
    {
        sbyte[] t = [.. Enumerable.Range(0, matrix.Rows).SelectMany(r => Enumerable.Range(0, matrix.Columns).Select(c => (sbyte)matrix[r, c]))];
        return type switch
        {
            I2S => GgmlBlocks.I2S(t, matrix.Scale),
            Tq1 => GgmlBlocks.Tq1(t, matrix.Scale),
            Tq2 => GgmlBlocks.Tq2(t, matrix.Scale),
            _ => Encode(type, [.. t.Select(v => v * matrix.Scale)]),
        };
    }
}
