using System.Diagnostics;
using Tritter.Inference.Cuda;
using Tritter.Inference.Generation;
using Tritter.Inference.Kernels;
using Tritter.Inference.KvCache;
using Tritter.Inference.Model;

namespace Tritter.Inference.Benchmark;

/// <summary>Median, lowest and highest of several runs.</summary>
public readonly record struct Spread(double Median, double Min, double Max)
{
    internal static Spread Of(IEnumerable<double> values)
    {
        double[] sorted = values.Order().ToArray();
        return new Spread(sorted[sorted.Length / 2], sorted[0], sorted[^1]);
    }
}

/// <summary>Speed at one prompt length.</summary>
/// <param name="Positions">Tokens of the prompt.</param>
/// <param name="Prefill">Tokens of the prompt read per second.</param>
/// <param name="Decode">Tokens generated per second after the prompt.</param>
/// <param name="FirstToken">Milliseconds from the prompt to the first token.</param>
/// <param name="AllocatedBytesPerToken">Managed memory allocated for each decoded token.</param>
/// <param name="KvBytes">Keys and values in memory at the end.</param>
/// <param name="Stretches">Tokens per second in each eighth of a long prompt, in the last run: later tokens have more to attend to. Empty for short ones.</param>
public sealed record SpeedAt(
    int Positions, Spread Prefill, Spread Decode, Spread FirstToken, double AllocatedBytesPerToken, long KvBytes, IReadOnlyList<double> Stretches);

/// <summary>How far a measurement is.</summary>
/// <param name="Run">0 for the run that warms up.</param>
/// <param name="Read">Tokens of the prompt read in this run.</param>
public readonly record struct BenchmarkProgress(int Run, int Read);

/// <summary>Times prefill and decode. The weights' values do not matter, so random ones of a shape do.</summary>
public sealed class SpeedBenchmark : IDisposable
{
    /// <summary>Tokens after which all code is compiled.</summary>
    private const int WarmUpTokens = 4096;

    private readonly TritterModel _model;
    private readonly ThreadTeam _team;
    private readonly PrefixTree _tree;
    private readonly ChosenDevice _device;
    private DirectoryInfo? _folder;

    private SpeedBenchmark(TritterModel model, int threads, KvPrecision precision, ComputeDevice device, GpuMemory? gpuMemory)
    {
        _model = model;
        _device = ChosenDevice.For(model, device, (gpuMemory ?? new GpuMemory()) with { Kv = precision });
        _team = new ThreadTeam(threads == 0 ? Environment.ProcessorCount : threads);
        _tree = new PrefixTree(new KvLayout(model.Config, precision), InferenceEngine.DefaultKvBudget);
    }

    public int Threads => _team.Size;

    /// <summary>Where it computes, and why there: one line.</summary>
    public string Device => _device.Line;

    /// <summary>Which layers stay in the file because the memory budget has no place for them, and why: one line; null when all are in memory.</summary>
    public string? LayersInFile => _model.Placement?.ToString();

    /// <summary>Bytes that were allocated on a graphics card at most; 0 on the processor.</summary>
    public long PeakDeviceBytes => _device.PeakBytes;

    /// <summary>Bytes of weights that decoding one token reads.</summary>
    public long BytesPerToken => _model.Layers.Sum(l => l.Matrices.Sum(m => m.ByteLength)) + (long)_model.Config.VocabSize * _model.Config.HiddenSize;

    /// <summary>Bytes per second that this machine's threads, or its graphics card, read and write while they copy as many bytes as a token reads.</summary>
    public double MeasureCopyBandwidth() => _device.Model is { } model ? CopyBandwidth.Measure(model.Device, BytesPerToken) : CopyBandwidth.Measure(_team, BytesPerToken);

    /// <summary>Random weights in memory; with a budget, in a file in the system's folder for temporary ones, of which layers beyond the budget stay there.</summary>
    /// <param name="memoryBudget">As <see cref="InferenceEngine.Load"/> takes it; null for no file.</param>
    /// <param name="gpuMemory">As <see cref="InferenceEngine.Load"/> takes it.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static SpeedBenchmark OfShape(ModelConfig shape, int threads, KvPrecision precision = KvPrecision.Int8, ComputeDevice device = ComputeDevice.Cpu, long? memoryBudget = null, GpuMemory? gpuMemory = null)
    {
        if (memoryBudget is null)
        {
            return new(TritterModel.Random(shape, seed: 1), threads, precision, device, gpuMemory);
        }

        DirectoryInfo folder = Directory.CreateTempSubdirectory("tritter-bench-");
        try
        {
            RandomModelFile.Write(folder.FullName, shape, seed: 1);
            return new(TritterModel.Load(folder.FullName, memoryBudget), threads, precision, device, gpuMemory) { _folder = folder };
        }
        catch
        {
            folder.Delete(recursive: true);
            throw;
        }
    }

    /// <param name="memoryBudget">As <see cref="InferenceEngine.Load"/> takes it.</param>
    /// <param name="gpuMemory">As <see cref="InferenceEngine.Load"/> takes it.</param>
    /// <exception cref="ModelFormatException">The folder cannot be used.</exception>
    /// <exception cref="CudaException">The device was named and cannot be used.</exception>
    public static SpeedBenchmark OfModel(string directory, int threads, KvPrecision precision = KvPrecision.Int8, ComputeDevice device = ComputeDevice.Cpu, long? memoryBudget = null, GpuMemory? gpuMemory = null) =>
        new(TritterModel.Load(directory, memoryBudget), threads, precision, device, gpuMemory);

    /// <summary>A text with room for <paramref name="capacity"/> tokens, for what else can be timed. Its owner disposes it first.</summary>
    public Session OpenSession(int capacity) =>
        _device.Model is { } onDevice ? new(_model, _tree, new CudaText(onDevice, capacity, precision: _tree.Layout.Precision)) : new(_model, _team, _tree, capacity);

    /// <summary>Reads a prompt of <paramref name="positions"/> tokens and decodes <paramref name="tokens"/> more, <paramref name="repeats"/> times.</summary>
    /// <param name="progress">Told after each chunk of a prompt; may be null.</param>
    public SpeedAt Measure(int positions, int tokens, int repeats, CancellationToken cancellationToken, Action<BenchmarkProgress>? progress = null)
    {
        // What an earlier measurement left must not be found again.
        _tree.Clear();
        using Session session = OpenSession(positions + tokens);
        var random = new Random(1);
        int[] prompt = Enumerable.Range(0, positions).Select(_ => random.Next(_model.Config.VocabSize)).ToArray();
        var prefill = new List<double>();
        var decode = new List<double>();
        var first = new List<double>();
        double allocated = 0;
        IReadOnlyList<double> stretches = [];
        // The first round compiles the code; it is not counted, and of a long prompt it reads the beginning.
        for (int round = 0; round <= repeats; round++)
        {
            session.Truncate(0);
            int length = round == 0 ? Math.Min(positions, WarmUpTokens) : positions;
            var clock = new StretchClock(length);
            long start = Stopwatch.GetTimestamp();
            session.Read(prompt.AsSpan(0, length), cancellationToken, read =>
            {
                clock.Read(read);
                progress?.Invoke(new BenchmarkProgress(round, read));
            });
            double readSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            long before = GC.GetTotalAllocatedBytes(precise: true);
            start = Stopwatch.GetTimestamp();
            for (int i = 0; i < tokens; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                session.Append(session.Likeliest);
            }

            double decodeSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (round > 0)
            {
                prefill.Add(positions / readSeconds);
                first.Add(readSeconds * 1000);
                decode.Add(tokens / decodeSeconds);
                stretches = clock.TokensPerSecond();
                allocated = (double)(GC.GetTotalAllocatedBytes(precise: true) - before) / tokens;
            }
        }

        return new SpeedAt(positions, Spread.Of(prefill), Spread.Of(decode), Spread.Of(first), allocated, session.KvBytes, stretches);
    }

    public void Dispose()
    {
        _device.Dispose();
        _team.Dispose();
        _tree.Dispose();
        _model.Dispose();
        _folder?.Delete(recursive: true);
    }
}
