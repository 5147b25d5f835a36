using Tritter.Inference.Kernels;

namespace Tritter.Inference.Model;

/// <summary>
/// The tensors of a checkpoint of the original Python library: shadow weights, which are made ternary here as its model does on each run, or packed
/// ones; a learned scale for each row, biases, and norms with biases.
/// </summary>
internal sealed class OriginalWeights(SafetensorsFile file) : IWeights
{
    /// <summary>What an evaluation leaves in a checkpoint: a copy of the ternary weights.</summary>
    private const string Cache = "._quantized_weight_cache";

    public LayerWeights Layer(ModelConfig config, int layer, WeightMemory memory)
    {
        string p = $"layers.{layer}.";
        int hidden = config.HiddenSize;
        return new LayerWeights
        {
            Attention = config.Layers[layer],
            InputNorm = Norm(p + "input_layernorm", hidden),
            Query = Ternary(memory, p + "attention.q_proj", config.QuerySize, hidden),
            Key = Ternary(memory, p + "attention.k_proj", config.KvSize, hidden),
            Value = Ternary(memory, p + "attention.v_proj", config.KvSize, hidden),
            QueryNorm = Norm(p + "attention.q_norm", config.HeadDim),
            KeyNorm = Norm(p + "attention.k_norm", config.HeadDim),
            Output = Ternary(memory, p + "attention.o_proj", hidden, config.QuerySize),
            Gate = Ternary(memory, p + "mlp.gate_proj", config.IntermediateSize, hidden),
            Up = Ternary(memory, p + "mlp.up_proj", config.IntermediateSize, hidden),
            Down = Ternary(memory, p + "mlp.down_proj", hidden, config.IntermediateSize),
            PostMlpNorm = Norm(p + "post_mlp_layernorm", hidden),
        };
    }

    public AlignedBuffer<float> FinalNorm(ModelConfig config) => Norm("norm", config.HiddenSize);

    public EmbeddingRows Embedding(ModelConfig config) => EmbeddingRows.Map(file, "embed_tokens.embedding.weight", config);

    /// <summary>The ternary matrix as int8 rows, which hold it exactly.</summary>
    public OutputHead Head(ModelConfig config, EmbeddingRows embedding)
    {
        byte[] packed = Packed("lm_head", config.VocabSize, config.HiddenSize);
        return OutputHead.OfTernary(packed, Scales("lm_head", config.VocabSize), config.VocabSize, config.HiddenSize);
    }

    public void ExpectAllRead(ModelConfig config)
    {
        foreach (TensorInfo cache in file.Tensors.Where(t => t.Name.EndsWith(Cache, StringComparison.Ordinal)))
        {
            _ = file.Bytes(cache.Name, cache.Type, cache.Shape.ToArray());
        }

        file.ExpectAllRead(config.Layers.Count);
    }

    /// <summary>[2 n]: the weights, and behind them the biases.</summary>
    private AlignedBuffer<float> Norm(string name, int length) =>
        AlignedBuffer<float>.Of([.. file.Widened(name + ".weight", length), .. file.Widened(name + ".bias", length)]);

    private TernaryMatrix Ternary(WeightMemory memory, string name, int rows, int columns)
    {
        TernaryMatrix matrix = TernaryMatrix.FromRowWise(Packed(name, rows, columns), rows, columns, 1, memory)
            ?? throw new ModelFormatException(file.Path, $"tensor '{name}.packed_weight': expected the codes 0, 1 and 2, found a 3");
        matrix.SetRows(AlignedBuffer<float>.Of(Scales(name, rows)), AlignedBuffer<float>.Of(file.Widened(name + ".bias", rows)));
        return matrix;
    }

    private float[] Scales(string name, int rows) => file.Contains(name + ".scale")
        ? file.Widened(name + ".scale", rows, 1)
        : throw new ModelFormatException(file.Path, $"tensor '{name}.scale' is missing: of the original library's checkpoints only ternary ones are read");

    private byte[] Packed(string name, int rows, int columns) => file.Contains(name + ".packed_weight")
        ? file.Bytes(name + ".packed_weight", TensorType.U8, rows, columns / 4).ToArray()
        : TernaryRows.RoundByRow(file.Widened(name + ".weight", rows, columns), columns);
}
