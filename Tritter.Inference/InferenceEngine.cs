using System.Runtime.ExceptionServices;
using Tritter.Inference.Cuda;
using Tritter.Inference.Generation;
using Tritter.Inference.Kernels;
using Tritter.Inference.KvCache;
using Tritter.Inference.Model;
using Tritter.Inference.Model.Gguf;
using Tritter.Inference.Tokenizer;

namespace Tritter.Inference;

/// <summary>A loaded model folder: weights, tokenizer and generation defaults. Not thread-safe: one owner thread at a time.</summary>
public sealed class InferenceEngine : IDisposable
{
    /// <summary>
    /// Which mathematics this engine does. Engines of one number give the same bits for the same tokens, on every processor; a change after
    /// which some logits have other bits raises it, and so tells a completion that cannot be repeated from one that was not.
    /// </summary>
    public const int Numerics = 1;

    private readonly TritterModel _model;
    private readonly ThreadTeam _team;
    private readonly PrefixTree _tree;
    private readonly long _kvBudget;
    private readonly ChosenDevice _device;
    private readonly Dictionary<Adapter, PrefixTree> _adapters = [];

    /// <summary>Bytes of keys and values kept for prompts that begin alike: about 10,000 positions of the embedded model.</summary>
    public const long DefaultKvBudget = 64 << 20;

    private InferenceEngine(string directory, TritterModel model, TritterTokenizer tokenizer, GenerationDefaults defaults, int threads, KvPrecision precision, long kvBudget, ChosenDevice device)
    {
        _device = device;
        Name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory)));
        _model = model;
        Tokenizer = tokenizer;
        Defaults = defaults;
        _team = new ThreadTeam(threads);
        KvPrecision = precision;
        _kvBudget = kvBudget;
        _tree = NewTree();
    }

    /// <summary>The folder's name.</summary>
    public string Name { get; }

    public ModelConfig Config => _model.Config;

    public TritterTokenizer Tokenizer { get; }

    public GenerationDefaults Defaults { get; }

    /// <summary>How sessions store keys and values, which decides on the logits' bits.</summary>
    public KvPrecision KvPrecision { get; }

    /// <summary>Worker threads, the caller's included.</summary>
    public int Threads => _team.Size;

    /// <summary>SHA-256 of the model, in hexadecimal: computed when it is first asked for, which reads all weights.</summary>
    public string Identity => Convert.ToHexStringLower(_model.Identity);

    /// <summary>Where sessions compute, and why there: one line.</summary>
    public string Device => _device.Line;

    /// <summary>
    /// Told once, by the thread that computes, when a graphics card that was taken because it was there fails: what <see cref="Device"/> is then.
    /// Sessions go on on the processor, with what they have read computed anew. A card that was named is not given up: what fails there throws <see cref="CudaException"/>.
    /// </summary>
    public Action<string>? DeviceFailed { get; set; }

    /// <summary>Whether sessions compute on a graphics card.</summary>
    public bool IsOnCuda => _device.Model is not null;

    /// <summary>Which layers stay in the file because the memory budget has no place for them, and why: one line; null when all are in memory.</summary>
    public string? LayersInFile => _model.Placement?.ToString();

    /// <summary>Bytes of keys and values in memory.</summary>
    public long KvBytes => _tree.ByteLength + _adapters.Values.Sum(tree => tree.ByteLength);

    /// <summary>The adapter of sessions opened from now on, one that <see cref="LoadAdapter"/> gave; null, as at first, for the model as it is.</summary>
    public Adapter? Adapter { get; set; }

    /// <summary>Loads a model: a folder (config.json, model.safetensors, tokenizer.json, generation_config.json), or a GGUF file or a folder with one.</summary>
    /// <param name="threads">Worker threads; 0 takes one for each processor.</param>
    /// <param name="kvBudget">Bytes of keys and values to keep beyond what sessions are reading.</param>
    /// <param name="rounding">null for what generation_config.json says.</param>
    /// <param name="device">Where sessions compute. A graphics card's logits differ from the processor's by rounding, and of keys and values texts there share only those that were saved or loaded.</param>
    /// <param name="memoryBudget">
    /// Bytes that the ternary weights may take in memory; layers beyond them are read from the file whenever they are computed, with the same bits.
    /// null takes 80 % of the memory that is available. A model of which layers stay in the file is computed on the processor.
    /// </param>
    /// <param name="gpuMemory">What the model may take of a graphics card; layers beyond it come from host memory, with the same results. null takes what is free.</param>
    /// <exception cref="ModelFormatException">A file is missing, damaged or does not fit the others, or the budget is too small for a form that cannot stay in its file.</exception>
    /// <exception cref="CudaException">The device was named and cannot be used.</exception>
    public static InferenceEngine Load(
        string directory, int threads = 0, KvPrecision precision = KvPrecision.Int8, long kvBudget = DefaultKvBudget, Rounding? rounding = null, ComputeDevice device = ComputeDevice.Cpu,
        long? memoryBudget = null, GpuMemory? gpuMemory = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        // The two big files have nothing to do with each other until both are there.
        TritterTokenizer? tokenizer = null;
        ExceptionDispatchInfo? tokenizerProblem = null;
        var reading = new Thread(() =>
        {
            try
            {
                tokenizer = TritterTokenizer.OfModel(directory);
            }
            catch (Exception e)
            {
                // Thrown again by the caller's thread: on this one it would end the process.
                tokenizerProblem = ExceptionDispatchInfo.Capture(e);
            }
        });
        reading.Start();
        TritterModel? model = null;
        try
        {
            model = TritterModel.Load(directory, memoryBudget);
            reading.Join();
            tokenizerProblem?.Throw();
            if (tokenizer!.VocabularySize > model.Config.VocabSize)
            {
                throw new ModelFormatException(GgufFile.Find(directory) ?? Path.Combine(directory, "tokenizer.json"), $"has {tokenizer.VocabularySize} tokens, but config.json has vocab_size {model.Config.VocabSize}");
            }

            var defaults = GenerationDefaults.Load(Path.Combine(directory, "generation_config.json"), model.Config);
            model.RoundBy(rounding ?? defaults.Rounding);
            return new InferenceEngine(directory, model, tokenizer, defaults, threads == 0 ? Environment.ProcessorCount : threads, precision, kvBudget, ChosenDevice.For(model, device, (gpuMemory ?? new GpuMemory()) with { Kv = precision }));
        }
        catch
        {
            reading.Join();
            model?.Dispose();
            throw;
        }
    }

    /// <summary>
    /// A new text with room for <paramref name="capacity"/> tokens, 1 to the configuration's MaxPositions. Sessions of one engine take turns. With an adapter the
    /// processor computes, also where a card was taken because it was there.
    /// </summary>
    /// <exception cref="CudaException">A card was named and has no memory for it, or there is an adapter.</exception>
    public Session OpenSession(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, Config.MaxPositions);
        if (_device.Model is { } onDevice)
        {
            if (Adapter is not null)
            {
                return _device.FallsBack ? OnProcessor(capacity) : throw new CudaException("adapters run on the processor alone so far");
            }

            try
            {
                var text = new CudaText(onDevice, capacity, _tree, KvPrecision);
                return new Session(_model, _tree, _device.FallsBack ? new FallbackText(text, problem => OnProcessor(capacity, problem)) : text);
            }
            catch (CudaException e) when (_device.FallsBack)
            {
                GiveUp(e);
            }
        }

        return OnProcessor(capacity);
    }

    private Session OnProcessor(int capacity) => new(_model, _team, Adapter is null ? _tree : _adapters[Adapter], capacity, Adapter);

    private ProcessorText OnProcessor(int capacity, CudaException problem)
    {
        GiveUp(problem);
        return new ProcessorText(_tree, capacity, new ForwardPass(_model, _team, adapter: null));
    }

    private void GiveUp(CudaException problem)
    {
        if (_device.GiveUp(problem))
        {
            // What the card has computed would have other bits.
            _tree.Clear();
            DeviceFailed?.Invoke(Device);
        }
    }

    /// <summary>
    /// Loads an adapter (adapter_config.json and adapter_model.safetensors, as PEFT saves them). The packed weights stay as they are, and
    /// texts read with an adapter share keys and values among each other only, within a budget of their own.
    /// </summary>
    /// <exception cref="ModelFormatException">A file is missing or damaged, or the adapter is of another model or kind.</exception>
    public Adapter LoadAdapter(string directory)
    {
        Adapter adapter = Model.Adapter.Load(directory, Config);
        _adapters.Add(adapter, NewTree());
        return adapter;
    }

    private PrefixTree NewTree() => new(new KvLayout(_model.Config, KvPrecision), _kvBudget);

    /// <summary>
    /// Reads what <see cref="Session.Save"/> wrote: a prompt that begins like that text is then not computed again. Keys and values that
    /// no session reads stay within the budget, so a text that is longer than it is not loaded.
    /// </summary>
    /// <param name="fromCard">
    /// Whether the processor takes what a graphics card has computed, too: prompts that begin like it have then logits of other last bits than those that it computes
    /// by itself. A card takes either.
    /// </param>
    /// <returns>Tokens of the text, from its beginning, that are held now.</returns>
    /// <exception cref="KvFormatException">The file is missing, damaged, of another model or precision, or computed where it may not be.</exception>
    public int LoadPrefix(string path, bool fromCard = false) =>
        KvFile.Load(path, _tree, _model.Identity, Config.VocabSize, Config.MaxPositions, fromCard || IsOnCuda);

    public void Dispose()
    {
        _device.Dispose();
        _team.Dispose();
        _tree.Dispose();
        foreach ((Adapter adapter, PrefixTree tree) in _adapters)
        {
            tree.Dispose();
            adapter.Dispose();
        }

        _model.Dispose();
    }
}
