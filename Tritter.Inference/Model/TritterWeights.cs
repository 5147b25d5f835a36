using Tritter.Inference.Kernels;

namespace Tritter.Inference.Model;

/// <summary>The tensors of our own format: packed ternary matrices, int8 embedding, float32 norms.</summary>
internal sealed class TritterWeights(SafetensorsFile file) : IWeights
{
    public LayerWeights Layer(ModelConfig config, int layer, WeightMemory memory) => Read(config, layer, memory);

    /// <summary>A block whose matrices stay in the file. They are checked, which reads all of them once.</summary>
    public LayerWeights LayerInPlace(ModelConfig config, int layer) => Read(config, layer, memory: null);

    public AlignedBuffer<float> FinalNorm(ModelConfig config) => file.FloatBuffer("model.norm.weight", config.HiddenSize);

    public unsafe EmbeddingRows Embedding(ModelConfig config)
    {
        AlignedBuffer<float> scales = file.FloatBuffer("model.embed_tokens.scale", config.VocabSize);
        // The mapping outlives this pointer: the model closes both.
        fixed (byte* rows = file.Bytes("model.embed_tokens.weight", TensorType.I8, config.VocabSize, config.HiddenSize))
        {
            return new EmbeddingRows(RowFormat.I8, rows, scales, config.HiddenSize);
        }
    }

    public OutputHead Head(ModelConfig config, EmbeddingRows embedding) => embedding.AsHead()!;

    public void ExpectAllRead(ModelConfig config) => file.ExpectAllRead(config.Layers.Count);

    private LayerWeights Read(ModelConfig config, int layer, WeightMemory? memory)
    {
        string p = $"model.layers.{layer}.";
        int hidden = config.HiddenSize;
        return new LayerWeights
        {
            Attention = config.Layers[layer],
            InputNorm = file.FloatBuffer(p + "input_layernorm.weight", hidden),
            Query = Ternary(memory, p + "attention.q_proj", config.QuerySize, hidden),
            Key = Ternary(memory, p + "attention.k_proj", config.KvSize, hidden),
            Value = Ternary(memory, p + "attention.v_proj", config.KvSize, hidden),
            QueryNorm = file.FloatBuffer(p + "attention.q_norm.weight", config.HeadDim),
            KeyNorm = file.FloatBuffer(p + "attention.k_norm.weight", config.HeadDim),
            AttentionSubNorm = file.FloatBuffer(p + "attention.attn_sub_norm.weight", config.QuerySize),
            Output = Ternary(memory, p + "attention.o_proj", hidden, config.QuerySize),
            PreMlpNorm = file.FloatBuffer(p + "pre_mlp_layernorm.weight", hidden),
            Gate = Ternary(memory, p + "mlp.gate_proj", config.IntermediateSize, hidden),
            Up = Ternary(memory, p + "mlp.up_proj", config.IntermediateSize, hidden),
            FfnSubNorm = file.FloatBuffer(p + "mlp.ffn_sub_norm.weight", config.IntermediateSize),
            Down = Ternary(memory, p + "mlp.down_proj", hidden, config.IntermediateSize),
            PostMlpNorm = file.FloatBuffer(p + "post_mlp_layernorm.weight", hidden),
        };
    }

    private TernaryMatrix Ternary(WeightMemory? memory, string name, int rows, int columns)
    {
        float scale = file.Floats(name + ".weight_scale", 1)[0];
        ReadOnlySpan<byte> packed = file.Bytes(name + ".weight_packed", TensorType.U8, rows, columns / 4);
        TernaryMatrix? matrix = memory is null ? TernaryMatrix.InPlace(packed, rows, columns, scale) : TernaryMatrix.FromRowWise(packed, rows, columns, scale, memory);
        // Read once now; what stays in the file is read again layer by layer.
        MappedPages.GiveBack(packed);
        return matrix
            ?? throw new ModelFormatException(file.Path, $"tensor '{name}.weight_packed': expected the codes 0, 1 and 2, found a 3");
    }
}
