using Tritter.Inference.Kernels;

namespace Tritter.Inference.Model.Gguf;

/// <summary>The tensors of a BitNet b1.58 model in a GGUF file.</summary>
internal sealed unsafe class GgufWeights(GgufFile file) : IWeights
{
    public LayerWeights Layer(ModelConfig config, int layer, WeightMemory memory)
    {
        string p = $"blk.{layer}.";
        int hidden = config.HiddenSize;
        return new LayerWeights
        {
            Attention = config.Layers[layer],
            InputNorm = Norm(p + "attn_norm.weight", hidden),
            Query = Ternary(memory, p + "attn_q", config.QuerySize, hidden),
            Key = Ternary(memory, p + "attn_k", config.KvSize, hidden),
            Value = Ternary(memory, p + "attn_v", config.KvSize, hidden),
            AttentionSubNorm = Norm(p + "attn_sub_norm.weight", config.QuerySize),
            Output = Ternary(memory, p + "attn_output", hidden, config.QuerySize),
            PreMlpNorm = Norm(p + "ffn_norm.weight", hidden),
            Gate = Ternary(memory, p + "ffn_gate", config.IntermediateSize, hidden),
            Up = Ternary(memory, p + "ffn_up", config.IntermediateSize, hidden),
            FfnSubNorm = Norm(p + "ffn_sub_norm.weight", config.IntermediateSize),
            Down = Ternary(memory, p + "ffn_down", hidden, config.IntermediateSize),
        };
    }

    public AlignedBuffer<float> FinalNorm(ModelConfig config) => Norm("output_norm.weight", config.HiddenSize);

    public EmbeddingRows Embedding(ModelConfig config) => Rows("token_embd.weight", config);

    public OutputHead Head(ModelConfig config, EmbeddingRows embedding)
    {
        if (config.TiedHead)
        {
            return OutputHead.Round(embedding, config.VocabSize, config.HiddenSize);
        }

        using EmbeddingRows rows = Rows("output.weight", config);
        return OutputHead.Round(rows, config.VocabSize, config.HiddenSize);
    }

    public void ExpectAllRead(ModelConfig config)
    {
        // Frequencies that some converters add say what the configuration says, too.
        if (file.FirstUnread is { } name and not "rope_freqs.weight")
        {
            throw new ModelFormatException(file.Path, $"tensor '{SafetensorsHeader.Shorten(name)}' is not part of a model with {config.Layers.Count} layers, as its settings describe it");
        }
    }

    private AlignedBuffer<float> Norm(string name, int length)
    {
        float[] floats = Plain(name, 1, length);
        int bad = Array.FindIndex(floats, f => !float.IsFinite(f));
        return bad < 0 ? AlignedBuffer<float>.Of(floats) : throw new ModelFormatException(file.Path, $"tensor '{name}': element {bad} is {floats[bad]}, expected a finite number");
    }

    private TernaryMatrix Ternary(WeightMemory memory, string name, int rows, int columns)
    {
        string weight = name + ".weight";
        ReadOnlySpan<byte> bytes = file.Bytes(weight, rows, columns, out GgufType type);
        TernaryRows ternary = type.Plain() is null
            ? GgufTernary.Read(type, bytes, columns) ?? throw new ModelFormatException(file.Path, $"tensor '{weight}': expected one scale for the whole matrix, found several")
            : TernaryRows.Round(Plain(weight, rows, columns), columns);
        // Some converters keep a matrix of ones and its scale apart.
        float scale = file.Contains(name + ".scale") ? ternary.Scale * Plain(name + ".scale", 1, 1)[0] : ternary.Scale;
        return TernaryMatrix.FromRowWise(ternary.Packed, rows, columns, scale, memory)
            ?? throw new ModelFormatException(file.Path, $"tensor '{weight}': expected the codes 0, 1 and 2, found a 3");
    }

    private float[] Plain(string name, int rows, int columns)
    {
        ReadOnlySpan<byte> bytes = file.Bytes(name, rows, columns, out GgufType type);
        RowFormat format = type.Plain() ?? throw new ModelFormatException(file.Path, $"tensor '{name}' is {type}, expected floating-point numbers");
        var floats = new float[rows * columns];
        fixed (byte* source = bytes)
        fixed (float* x = floats)
        {
            format.Decode(source, 1, x, floats.Length);
        }

        return floats;
    }

    private EmbeddingRows Rows(string name, ModelConfig config)
    {
        ReadOnlySpan<byte> bytes = file.Bytes(name, config.VocabSize, config.HiddenSize, out GgufType type);
        RowFormat format = type.Plain() ?? throw new ModelFormatException(file.Path, $"tensor '{name}' is {type}, expected one of F32, F16, BF16, Q8_0, Q6_K");
        // The mapping outlives this pointer: the model closes both.
        fixed (byte* rows = bytes)
        {
            return new EmbeddingRows(format, rows, null, config.HiddenSize);
        }
    }
}
