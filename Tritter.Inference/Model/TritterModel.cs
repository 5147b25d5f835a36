using System.Security.Cryptography;
using Tritter.Inference.Cuda;
using Tritter.Inference.Kernels;
using Tritter.Inference.Model.Gguf;

namespace Tritter.Inference.Model;

/// <summary>The weights of a model, ready for the kernels. Immutable and shared by every session.</summary>
internal sealed class TritterModel : IDisposable
{
    /// <summary>What holds the embedding's bytes: the mapped file, or memory of a random model.</summary>
    private readonly IDisposable _embeddingOwner;
    private readonly WeightMemory _memory;
    private readonly Func<byte[]> _computeIdentity;
    private byte[]? _identity;

    private TritterModel(ModelConfig config, WeightMemory memory, LayerPlacement? placement, LayerWeights[] layers, AlignedBuffer<float> finalNorm, EmbeddingRows embedding, OutputHead head, IDisposable embeddingOwner, Func<byte[]> computeIdentity)
    {
        Config = config;
        _memory = memory;
        Layers = layers;
        Placement = placement;
        ReadAhead = layers.Any(layer => layer.IsInPlace) ? new LayerReadAhead(layers) : null;
        FinalNorm = finalNorm;
        Embedding = embedding;
        Head = head;
        _embeddingOwner = embeddingOwner;
        _computeIdentity = computeIdentity;
    }

    public ModelConfig Config { get; }

    /// <summary>SHA-256 of what was loaded, config.json's SHA-256 and then the weights' file; computed when first asked for.</summary>
    /// <exception cref="InvalidOperationException">The weights are random.</exception>
    public ReadOnlySpan<byte> Identity => _identity ??= _computeIdentity();

    public IReadOnlyList<LayerWeights> Layers { get; }

    /// <summary>Which layers are in memory; null when all of them are, wherever they came from.</summary>
    public LayerPlacement? Placement { get; }

    /// <summary>To be told of every layer that a forward pass begins; null when all are in memory.</summary>
    public LayerReadAhead? ReadAhead { get; }

    public AlignedBuffer<float> FinalNorm { get; }

    /// <summary>In the mapped file, so it is loaded as it is used and shared between processes.</summary>
    public EmbeddingRows Embedding { get; }

    public OutputHead Head { get; }

    /// <summary>How the last hidden state becomes scores of tokens.</summary>
    public Rounding Rounding { get; private set; }

    /// <summary>[vocab]: squared lengths of the embedding's rows; null where logits choose.</summary>
    public AlignedBuffer<float>? RowSquares { get; private set; }

    /// <summary>Has the nearest embedding be chosen, or again the logits. Not while a session computes.</summary>
    /// <exception cref="ModelFormatException">The output matrix is not the embedding, whose products with the state are then not at hand.</exception>
    public unsafe void RoundBy(Rounding rounding)
    {
        if (rounding != Rounding.Logits && !Config.TiedHead)
        {
            throw new ModelFormatException("generation_config.json", "rounding: 'knn' takes a model whose output matrix is its embedding");
        }

        RowSquares?.Dispose();
        RowSquares = rounding == Rounding.Logits ? null : NearestRow.Squares(Head.Rows, Head.Scales, Config.VocabSize, Config.HiddenSize);
        Rounding = rounding;
    }

    /// <summary>Loads the model in a folder (config.json and model.safetensors) or in a GGUF file; matrices are laid out in parallel.</summary>
    /// <param name="memoryBudget">
    /// Bytes that the ternary matrices may take; layers beyond them stay in the file. null takes most of the memory that is available, and all
    /// that it takes where the file's form is another one than Tritter's own.
    /// </param>
    /// <exception cref="ModelFormatException">A file is missing, damaged or does not fit the other, or cannot be kept within the budget.</exception>
    public static TritterModel Load(string path, long? memoryBudget = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(memoryBudget ?? 0, nameof(memoryBudget));
        if (GgufFile.Find(path) is { } found)
        {
            GgufFile gguf = GgufFile.Open(found);
            return LoadFrom(gguf, GgufConfig.Read(gguf), new GgufWeights(gguf), gguf.Checksum, found, memoryBudget);
        }

        if (!Directory.Exists(path))
        {
            throw new ModelFormatException(path, "there is no such model folder");
        }

        string configPath = Path.Combine(path, "config.json");
        ModelConfig config = ModelConfig.Load(configPath);
        byte[] configChecksum = SHA256.HashData(File.ReadAllBytes(configPath));
        SafetensorsFile file = SafetensorsFile.Open(Path.Combine(path, "model.safetensors"));
        IWeights weights = config.Form switch
        {
            BlockForm.BitNet => new BitNetWeights(file, configPath),
            BlockForm.Original => new OriginalWeights(file),
            _ => new TritterWeights(file),
        };
        return LoadFrom(file, config, weights, () => file.Checksum(configChecksum), file.Path, memoryBudget);
    }

    /// <summary>A model of a given shape with random weights: as fast as a trained one, and as good as noise.</summary>
    /// <param name="distinct">Layers that there are, one after the other again and again, where they need not be different; 0 for all of them.</param>
    public static unsafe TritterModel Random(ModelConfig config, int seed, int distinct = 0)
    {
        var layers = new LayerWeights[config.Layers.Count];
        int made = distinct == 0 ? layers.Length : distinct;
        var memory = new WeightMemory(TernaryBytes(config) / layers.Length * made);
        Parallel.For(0, made, i => layers[i] = RandomWeights.Layer(config, config.Layers[i], memory, new Random(seed + i)));
        for (int i = made; i < layers.Length; i++)
        {
            layers[i] = layers[i - made];
        }

        AlignedBuffer<sbyte> rows = RandomWeights.Embedding(config, new Random(seed - 1));
        var embedding = new EmbeddingRows(RowFormat.I8, (byte*)rows.Pointer, RandomWeights.Constant(config.VocabSize, RandomWeights.EmbeddingScale), config.HiddenSize);
        return new TritterModel(config, memory, null, layers, RandomWeights.Constant(config.HiddenSize, 1), embedding, embedding.AsHead()!, rows,
            () => throw new InvalidOperationException("a model of random weights has no identity"));
    }

    public void Dispose()
    {
        ReadAhead?.Dispose();
        foreach (LayerWeights layer in Layers.Distinct())
        {
            layer.Dispose();
        }

        FinalNorm.Dispose();
        RowSquares?.Dispose();
        Head.Dispose();
        Embedding.Dispose();
        _embeddingOwner.Dispose();
        _memory.Dispose();
    }

    /// <param name="file">What <paramref name="weights"/> reads; closed with the model, or when this fails.</param>
    private static TritterModel LoadFrom(IDisposable file, ModelConfig config, IWeights weights, Func<byte[]> computeIdentity, string path, long? memoryBudget)
    {
        LayerPlacement placement = LayerPlacement.For(config, memoryBudget);
        var inFile = placement.IsWhole ? null : weights as TritterWeights;
        if (!placement.IsWhole && inFile is null && memoryBudget is not null)
        {
            file.Dispose();
            throw new ModelFormatException(path, $"ternary weights of {placement.Layers * placement.LayerBytes} bytes are more than the memory budget, {memoryBudget}: only models in Tritter's own form can stay in their file");
        }

        var memory = new WeightMemory(inFile is null ? TernaryBytes(config) : placement.Resident * placement.LayerBytes);
        var layers = new LayerWeights?[config.Layers.Count];
        EmbeddingRows? embedding = null;
        try
        {
            Parallel.For(0, layers.Length, i => layers[i] = inFile is null || placement.IsResident(i) ? weights.Layer(config, i, memory) : inFile.LayerInPlace(config, i));
            AlignedBuffer<float> finalNorm = weights.FinalNorm(config);
            embedding = weights.Embedding(config);
            OutputHead head = weights.Head(config, embedding);
            weights.ExpectAllRead(config);
            return new TritterModel(config, memory, inFile is null ? null : placement, layers!, finalNorm, embedding, head, file, computeIdentity);
        }
        catch (Exception e)
        {
            foreach (LayerWeights? layer in layers)
            {
                layer?.Dispose();
            }

            embedding?.Dispose();
            memory.Dispose();
            file.Dispose();
            if (e is AggregateException { InnerExceptions: [ModelFormatException first, ..] })
            {
                throw first;
            }

            throw;
        }
    }

    /// <summary>Bytes of all ternary matrices as they are laid out in memory.</summary>
    internal static long TernaryBytes(ModelConfig config) => config.Layers.Count * (
        TernaryMatrix.BytesOf(config.QuerySize, config.HiddenSize) + 2 * TernaryMatrix.BytesOf(config.KvSize, config.HiddenSize)
        + TernaryMatrix.BytesOf(config.HiddenSize, config.QuerySize)
        + 2 * TernaryMatrix.BytesOf(config.IntermediateSize, config.HiddenSize) + TernaryMatrix.BytesOf(config.HiddenSize, config.IntermediateSize));
}
