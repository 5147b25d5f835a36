using Tritter.Inference.KvCache;

namespace Tritter.Inference.Model;

/// <summary>What a model folder holds and what it costs, from its config.json and the size of its weights file; the weights are not read.</summary>
/// <param name="Directory">Full path of the folder.</param>
/// <param name="WeightsBytes">Bytes of model.safetensors.</param>
public sealed record ModelInfo(string Directory, ModelConfig Config, long WeightsBytes)
{
    /// <summary>Bits that a ternary weight takes in the file and in memory; its information is log2(3), about 1.58.</summary>
    public const int StoredBitsPerTernaryWeight = 2;

    /// <summary>Weights of the seven matrices of every layer.</summary>
    public long TernaryParameters
    {
        get
        {
            long hidden = Config.HiddenSize;
            long attention = 2 * hidden * Config.QuerySize + 2 * hidden * Config.KvSize;
            long feedForward = 3 * hidden * Config.IntermediateSize;
            return Config.Layers.Count * (attention + feedForward);
        }
    }

    /// <summary>Weights of the int8 embedding, which is the output matrix too.</summary>
    public long EmbeddingParameters => (long)Config.VocabSize * Config.HiddenSize;

    /// <summary>Float32 LayerNorm weights.</summary>
    public long NormParameters
    {
        get
        {
            long hidden = Config.HiddenSize;
            long layer = 3 * hidden + 2 * Config.HeadDim + Config.QuerySize + Config.IntermediateSize;
            return Config.Layers.Count * layer + hidden;
        }
    }

    public long Parameters => TernaryParameters + EmbeddingParameters + NormParameters;

    /// <summary>Bits of the weights file for each parameter, its header and scales included.</summary>
    public double BitsPerParameter => 8.0 * WeightsBytes / Parameters;

    /// <summary>Bytes that the keys and values of <paramref name="positions"/> tokens take; what a sliding layer's window has passed is given back.</summary>
    public long KvBytes(int positions, KvPrecision precision = KvPrecision.Int8) => new KvLayout(Config, precision).Bytes(positions);

    /// <exception cref="ModelFormatException">The folder has no weights file, or its config.json is missing or not a Tritter model's.</exception>
    public static ModelInfo Load(string directory)
    {
        ModelConfig config = ModelConfig.Load(Path.Combine(directory, "config.json"));
        string weights = Path.GetFullPath(Path.Combine(directory, "model.safetensors"));
        return File.Exists(weights)
            ? new ModelInfo(Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory)), config, MappedFile.LengthOf(weights))
            : throw new ModelFormatException(weights, "the file is missing");
    }
}
