using System.Diagnostics;
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
public sealed record SpeedAt(int Positions, Spread Prefill, Spread Decode, Spread FirstToken, double AllocatedBytesPerToken);

/// <summary>Times prefill and decode. The weights' values do not matter, so random ones of a shape do.</summary>
public sealed class SpeedBenchmark : IDisposable
{
    private readonly TritterModel _model;
    private readonly ThreadTeam _team;
    private readonly PrefixTree _tree;

    private SpeedBenchmark(TritterModel model, int threads, KvPrecision precision)
    {
        _model = model;
        _team = new ThreadTeam(threads == 0 ? Environment.ProcessorCount : threads);
        // No budget: nothing is kept from one run to the next.
        _tree = new PrefixTree(new KvLayout(model.Config, precision), budget: 0);
    }

    public int Threads => _team.Size;

    /// <summary>Bytes of weights that decoding one token reads.</summary>
    public long BytesPerToken => _model.Layers.Sum(l => l.Matrices.Sum(m => m.ByteLength)) + (long)_model.Config.VocabSize * _model.Config.HiddenSize;

    public static SpeedBenchmark OfShape(ModelConfig shape, int threads, KvPrecision precision = KvPrecision.Int8) =>
        new(TritterModel.Random(shape, seed: 1), threads, precision);

    /// <exception cref="ModelFormatException">The folder cannot be used.</exception>
    public static SpeedBenchmark OfModel(string directory, int threads, KvPrecision precision = KvPrecision.Int8) =>
        new(TritterModel.Load(directory), threads, precision);

    /// <summary>A text with room for <paramref name="capacity"/> tokens, for what else can be timed. Its owner disposes it first.</summary>
    public Session OpenSession(int capacity) => new(_model, _team, _tree, capacity);

    /// <summary>Reads a prompt of <paramref name="positions"/> tokens and decodes <paramref name="tokens"/> more, <paramref name="repeats"/> times.</summary>
    public SpeedAt Measure(int positions, int tokens, int repeats, CancellationToken cancellationToken)
    {
        using var session = new Session(_model, _team, _tree, positions + tokens);
        var random = new Random(1);
        int[] prompt = Enumerable.Range(0, positions).Select(_ => random.Next(_model.Config.VocabSize)).ToArray();
        var prefill = new List<double>();
        var decode = new List<double>();
        var first = new List<double>();
        double allocated = 0;
        // The first round also compiles the code and touches the cache's pages; it is not counted.
        for (int round = 0; round <= repeats; round++)
        {
            session.Truncate(0);
            long start = Stopwatch.GetTimestamp();
            session.Read(prompt, cancellationToken);
            double readSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            long before = GC.GetTotalAllocatedBytes(precise: true);
            start = Stopwatch.GetTimestamp();
            for (int i = 0; i < tokens; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                session.Append(Sampling.Sampler.Greedy(session.Logits));
            }

            double decodeSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (round > 0)
            {
                prefill.Add(positions / readSeconds);
                first.Add(readSeconds * 1000);
                decode.Add(tokens / decodeSeconds);
                allocated = (double)(GC.GetTotalAllocatedBytes(precise: true) - before) / tokens;
            }
        }

        return new SpeedAt(positions, Spread.Of(prefill), Spread.Of(decode), Spread.Of(first), allocated);
    }

    public void Dispose()
    {
        _team.Dispose();
        _tree.Dispose();
        _model.Dispose();
    }
}
