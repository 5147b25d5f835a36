using Tritter.Inference.KvCache;
using Tritter.Inference.Model.Gguf;

namespace Tritter.Inference.Model;

/// <summary>What a model holds and what it costs, from its configuration and the size of its weights file; the weights are not read.</summary>
/// <param name="Directory">Full path of the folder, or of the GGUF file.</param>
/// <param name="WeightsBytes">Bytes of the weights' file.</param>
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

    /// <summary>Weights of the embedding, and of the output matrix where that is another one.</summary>
    public long EmbeddingParameters => (Config.TiedHead ? 1L : 2L) * Config.VocabSize * Config.HiddenSize;

    /// <summary>All that is neither in a matrix nor in the embedding: norm weights, mostly.</summary>
    public long NormParameters
    {
        get
        {
            long hidden = Config.HiddenSize;
            if (Config.Form == BlockForm.Original)
            {
                // Weights and biases of the norms, and a scale and a bias for each row of the matrices; the head's rows have scales alone.
                long rows = Config.QuerySize + 2 * Config.KvSize + 2 * hidden + 2 * Config.IntermediateSize;
                return Config.Layers.Count * (4 * hidden + 4 * Config.HeadDim + 2 * rows) + 2 * hidden + Config.VocabSize;
            }

            long layer = 2 * hidden + Config.QuerySize + Config.IntermediateSize + (Config.Form == BlockForm.Tritter ? hidden + 2 * Config.HeadDim : 0);
            return Config.Layers.Count * layer + hidden;
        }
    }

    public long Parameters => TernaryParameters + EmbeddingParameters + NormParameters;

    /// <summary>Bits of the weights file for each parameter, its header and scales included.</summary>
    public double BitsPerParameter => 8.0 * WeightsBytes / Parameters;

    /// <summary>Bytes that the keys and values of <paramref name="positions"/> tokens take; what a sliding layer's window has passed is given back.</summary>
    public long KvBytes(int positions, KvPrecision precision = KvPrecision.Int8) => new KvLayout(Config, precision).Bytes(positions);

    /// <summary>The same when nothing is given back: another text can then go on from anywhere in this one.</summary>
    public long WholeKvBytes(int positions, KvPrecision precision = KvPrecision.Int8)
    {
        var layout = new KvLayout(Config, precision);
        return KvLayout.Pages(positions) * (layout.FullBytes + layout.SlidingBytes);
    }

    /// <summary>Whether a path is that of a model: a folder with config.json, a GGUF file, or a folder with one.</summary>
    public static bool IsThere(string path) => File.Exists(Path.Combine(path, "config.json")) || GgufFile.Find(path) is not null;

    /// <param name="path">A model folder, a GGUF file, or a folder with one.</param>
    /// <exception cref="ModelFormatException">There are no weights, or the configuration is missing or of a model that Tritter does not run.</exception>
    public static ModelInfo Load(string path)
    {
        if (GgufFile.Find(path) is { } found)
        {
            using GgufFile gguf = GgufFile.Open(found);
            return new ModelInfo(Path.GetFullPath(found), GgufConfig.Read(gguf), MappedFile.LengthOf(found));
        }

        ModelConfig config = ModelConfig.Load(Path.Combine(path, "config.json"));
        string weights = Path.GetFullPath(Path.Combine(path, "model.safetensors"));
        return File.Exists(weights)
            ? new ModelInfo(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)), config, MappedFile.LengthOf(weights))
            : throw new ModelFormatException(weights, "the file is missing");
    }
}
