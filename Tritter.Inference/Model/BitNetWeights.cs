using System.Text.Json;
using Tritter.Inference.Kernels;

namespace Tritter.Inference.Model;

/// <summary>
/// The tensors of a BitNet b1.58 model as transformers writes it, in both published forms: latent weights (bfloat16, float16 or float32),
/// which are rounded here as the model does at run time, and packed ones (uint8 with a weight_scale).
/// </summary>
internal sealed class BitNetWeights : IWeights
{
    private readonly SafetensorsFile _file;

    /// <summary>The older of the two packed forms divides by weight_scale, the newer multiplies.</summary>
    private readonly bool _divides;

    /// <param name="configPath">config.json, for what it says about quantisation.</param>
    public BitNetWeights(SafetensorsFile file, string configPath)
    {
        _file = file;
        using JsonDocument json = ConfigReader.Parse(configPath);
        ConfigReader? quantization = new ConfigReader(configPath, json.RootElement).Object("quantization_config");
        quantization?.Require("quant_method", "bitnet");
        _divides = quantization?.Is("linear_class", "autobitlinear") == false;
    }

    public LayerWeights Layer(ModelConfig config, int layer, WeightMemory memory)
    {
        string p = $"model.layers.{layer}.";
        int hidden = config.HiddenSize;
        return new LayerWeights
        {
            Attention = config.Layers[layer],
            InputNorm = Norm(p + "input_layernorm.weight", hidden),
            Query = Ternary(memory, p + "self_attn.q_proj", config.QuerySize, hidden),
            Key = Ternary(memory, p + "self_attn.k_proj", config.KvSize, hidden),
            Value = Ternary(memory, p + "self_attn.v_proj", config.KvSize, hidden),
            AttentionSubNorm = Norm(p + "self_attn.attn_sub_norm.weight", config.QuerySize),
            Output = Ternary(memory, p + "self_attn.o_proj", hidden, config.QuerySize),
            PreMlpNorm = Norm(p + "post_attention_layernorm.weight", hidden),
            Gate = Ternary(memory, p + "mlp.gate_proj", config.IntermediateSize, hidden),
            Up = Ternary(memory, p + "mlp.up_proj", config.IntermediateSize, hidden),
            FfnSubNorm = Norm(p + "mlp.ffn_sub_norm.weight", config.IntermediateSize),
            Down = Ternary(memory, p + "mlp.down_proj", hidden, config.IntermediateSize),
        };
    }

    public AlignedBuffer<float> FinalNorm(ModelConfig config) => Norm("model.norm.weight", config.HiddenSize);

    public EmbeddingRows Embedding(ModelConfig config) => EmbeddingRows.Map(_file, "model.embed_tokens.weight", config);

    public OutputHead Head(ModelConfig config, EmbeddingRows embedding)
    {
        if (config.TiedHead)
        {
            return OutputHead.Round(embedding, config.VocabSize, config.HiddenSize);
        }

        using EmbeddingRows rows = EmbeddingRows.Map(_file, "lm_head.weight", config);
        return OutputHead.Round(rows, config.VocabSize, config.HiddenSize);
    }

    public void ExpectAllRead(ModelConfig config) => _file.ExpectAllRead(config.Layers.Count);

    private AlignedBuffer<float> Norm(string name, int length) => AlignedBuffer<float>.Of(_file.Widened(name, length));

    private TernaryMatrix Ternary(WeightMemory memory, string name, int rows, int columns)
    {
        string weight = name + ".weight";
        TernaryRows ternary = _file.TypeOf(weight) == TensorType.U8 ? Packed(name, rows, columns) : TernaryRows.Round(_file.Widened(weight, rows, columns), columns);
        return TernaryMatrix.FromRowWise(ternary.Packed, rows, columns, ternary.Scale, memory)
            ?? throw new ModelFormatException(_file.Path, $"tensor '{weight}': expected the codes 0, 1 and 2, found a 3");
    }

    private TernaryRows Packed(string name, int rows, int columns)
    {
        float scale = _file.Widened(name + ".weight_scale", 1)[0];
        ReadOnlySpan<byte> packed = _file.Bytes(name + ".weight", TensorType.U8, (rows + 3) / 4, columns);
        return new TernaryRows(TernaryRows.FromFourRowsAByte(packed, rows, columns), _divides ? 1 / scale : scale);
    }
}
