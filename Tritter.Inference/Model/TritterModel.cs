using System.Security.Cryptography;
using Tritter.Inference.Kernels;

namespace Tritter.Inference.Model;

/// <summary>The weights of a model, ready for the kernels. Immutable and shared by every session.</summary>
internal sealed unsafe class TritterModel : IDisposable
{
    /// <summary>What holds the embedding's bytes: the mapped file, or memory of a random model.</summary>
    private readonly IDisposable _embeddingOwner;
    private readonly WeightMemory _memory;
    private readonly byte[]? _configChecksum;
    private byte[]? _identity;

    private TritterModel(ModelConfig config, WeightMemory memory, LayerWeights[] layers, AlignedBuffer<float> finalNorm, AlignedBuffer<float> scales, sbyte* embedding, IDisposable embeddingOwner, byte[]? configChecksum = null)
    {
        Config = config;
        _memory = memory;
        Layers = layers;
        FinalNorm = finalNorm;
        EmbeddingScales = scales;
        Embedding = embedding;
        _embeddingOwner = embeddingOwner;
        _configChecksum = configChecksum;
    }

    public ModelConfig Config { get; }

    /// <summary>SHA-256 of what was loaded, config.json's SHA-256 and then model.safetensors; computed when first asked for.</summary>
    /// <exception cref="InvalidOperationException">The weights are random.</exception>
    public ReadOnlySpan<byte> Identity => _identity ??= _embeddingOwner is SafetensorsFile file
        ? file.Checksum(_configChecksum)
        : throw new InvalidOperationException("a model of random weights has no identity");

    public IReadOnlyList<LayerWeights> Layers { get; }

    public AlignedBuffer<float> FinalNorm { get; }

    public AlignedBuffer<float> EmbeddingScales { get; }

    /// <summary>[vocab, hidden] int8; also the output matrix. In the mapped file, so it is loaded as it is used and shared between processes.</summary>
    public sbyte* Embedding { get; }

    /// <summary>Loads config.json and model.safetensors; matrices are laid out in parallel.</summary>
    /// <exception cref="ModelFormatException">A file is missing, damaged or does not fit the other.</exception>
    public static TritterModel Load(string directory)
    {
        if (!Directory.Exists(directory))
        {
            throw new ModelFormatException(directory, "there is no such model folder");
        }

        string configPath = Path.Combine(directory, "config.json");
        ModelConfig config = ModelConfig.Load(configPath);
        byte[] configChecksum = SHA256.HashData(File.ReadAllBytes(configPath));
        SafetensorsFile file = SafetensorsFile.Open(Path.Combine(directory, "model.safetensors"));
        var memory = new WeightMemory(TernaryBytes(config));
        var layers = new LayerWeights?[config.Layers.Count];
        try
        {
            Parallel.For(0, layers.Length, i => layers[i] = LoadLayer(file, config, memory, i));
            AlignedBuffer<float> finalNorm = Floats(file, "model.norm.weight", config.HiddenSize);
            AlignedBuffer<float> scales = Floats(file, "model.embed_tokens.scale", config.VocabSize);
            // The mapping outlives this pointer: both end in Dispose.
            fixed (byte* rows = file.Bytes("model.embed_tokens.weight", TensorType.I8, config.VocabSize, config.HiddenSize))
            {
                ExpectAllRead(file, config);
                return new TritterModel(config, memory, layers!, finalNorm, scales, (sbyte*)rows, file, configChecksum);
            }
        }
        catch (Exception e)
        {
            foreach (LayerWeights? layer in layers)
            {
                layer?.Dispose();
            }

            memory.Dispose();
            file.Dispose();
            if (e is AggregateException { InnerExceptions: [ModelFormatException first, ..] })
            {
                throw first;
            }

            throw;
        }
    }

    /// <summary>A model of a given shape with random weights: as fast as a trained one, and as good as noise.</summary>
    public static TritterModel Random(ModelConfig config, int seed)
    {
        var memory = new WeightMemory(TernaryBytes(config));
        var layers = new LayerWeights[config.Layers.Count];
        Parallel.For(0, layers.Length, i => layers[i] = RandomWeights.Layer(config, config.Layers[i], memory, new Random(seed + i)));
        AlignedBuffer<sbyte> embedding = RandomWeights.Embedding(config, new Random(seed - 1));
        return new TritterModel(config, memory, layers, RandomWeights.Constant(config.HiddenSize, 1), RandomWeights.Constant(config.VocabSize, 1f / 127), embedding.Pointer, embedding);
    }

    public void Dispose()
    {
        foreach (LayerWeights layer in Layers)
        {
            layer.Dispose();
        }

        FinalNorm.Dispose();
        EmbeddingScales.Dispose();
        _embeddingOwner.Dispose();
        _memory.Dispose();
    }

    private static long TernaryBytes(ModelConfig config) => config.Layers.Count * (
        TernaryMatrix.BytesOf(config.QuerySize, config.HiddenSize) + 2 * TernaryMatrix.BytesOf(config.KvSize, config.HiddenSize)
        + TernaryMatrix.BytesOf(config.HiddenSize, config.QuerySize)
        + 2 * TernaryMatrix.BytesOf(config.IntermediateSize, config.HiddenSize) + TernaryMatrix.BytesOf(config.HiddenSize, config.IntermediateSize));

    private static LayerWeights LoadLayer(SafetensorsFile file, ModelConfig config, WeightMemory memory, int layer)
    {
        string p = $"model.layers.{layer}.";
        int hidden = config.HiddenSize;
        return new LayerWeights
        {
            Attention = config.Layers[layer],
            InputNorm = Floats(file, p + "input_layernorm.weight", hidden),
            Query = Ternary(file, memory, p + "attention.q_proj", config.QuerySize, hidden),
            Key = Ternary(file, memory, p + "attention.k_proj", config.KvSize, hidden),
            Value = Ternary(file, memory, p + "attention.v_proj", config.KvSize, hidden),
            QueryNorm = Floats(file, p + "attention.q_norm.weight", config.HeadDim),
            KeyNorm = Floats(file, p + "attention.k_norm.weight", config.HeadDim),
            AttentionSubNorm = Floats(file, p + "attention.attn_sub_norm.weight", config.QuerySize),
            Output = Ternary(file, memory, p + "attention.o_proj", hidden, config.QuerySize),
            PreMlpNorm = Floats(file, p + "pre_mlp_layernorm.weight", hidden),
            Gate = Ternary(file, memory, p + "mlp.gate_proj", config.IntermediateSize, hidden),
            Up = Ternary(file, memory, p + "mlp.up_proj", config.IntermediateSize, hidden),
            FfnSubNorm = Floats(file, p + "mlp.ffn_sub_norm.weight", config.IntermediateSize),
            Down = Ternary(file, memory, p + "mlp.down_proj", hidden, config.IntermediateSize),
            PostMlpNorm = Floats(file, p + "post_mlp_layernorm.weight", hidden),
        };
    }

    private static TernaryMatrix Ternary(SafetensorsFile file, WeightMemory memory, string name, int rows, int columns)
    {
        float scale = file.Floats(name + ".weight_scale", 1)[0];
        ReadOnlySpan<byte> packed = file.Bytes(name + ".weight_packed", TensorType.U8, rows, columns / 4);
        return TernaryMatrix.FromRowWise(packed, rows, columns, scale, memory)
            ?? throw new ModelFormatException(file.Path, $"tensor '{name}.weight_packed': expected the codes 0, 1 and 2, found a 3");
    }

    private static AlignedBuffer<float> Floats(SafetensorsFile file, string name, int length)
    {
        float[] floats = file.Floats(name, length);
        var buffer = new AlignedBuffer<float>(length);
        floats.CopyTo(buffer.Span);
        return buffer;
    }

    /// <summary>A tensor that nothing read means that the weights are another model's: more layers, say, or biases.</summary>
    private static void ExpectAllRead(SafetensorsFile file, ModelConfig config)
    {
        if (file.FirstUnread is { } tensor)
        {
            throw new ModelFormatException(file.Path,
                $"tensor '{SafetensorsHeader.Shorten(tensor.Name)}' is not part of a model with {config.Layers.Count} layers, as config.json describes it");
        }
    }
}
