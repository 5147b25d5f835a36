using System.Diagnostics;
using System.Globalization;
using Tritter.Inference;
using Tritter.Inference.Generation;
using Tritter.Inference.KvCache;

namespace Tritter.Bench;

/// <summary>
/// Reads a long prompt: how fast each stretch is in which layers (a sliding layer's time must not depend on the position), what the keys and
/// values take, and how soon reading on stops when it is cancelled.
/// </summary>
internal static class LongContext
{
    private const int Stretches = 8;
    private const int ReadOn = 4096;

    /// <param name="cancels">How often to cancel.</param>
    /// <param name="file">Where keys and values are loaded from or, when it does not exist yet, saved; null for neither.</param>
    public static void Run(string model, int positions, int cancels, string? file, TextWriter output)
    {
        // What is loaded must fit the budget; what is read need not.
        using InferenceEngine engine = file is null ? InferenceEngine.Load(model) : InferenceEngine.Load(model, kvBudget: 1L << 32);
        using Session session = engine.OpenSession(positions + ReadOn);
        int[] prompt = RandomTokens(engine, positions, seed: 1);
        output.WriteLine($"loaded: {ProcessMemory.Describe()}");
        if (File.Exists(file))
        {
            long loading = Stopwatch.GetTimestamp();
            int held = engine.LoadPrefix(file);
            output.WriteLine(Invariant($"{held} tokens from a file of {new FileInfo(file).Length / 1e6:F1} MB in {Stopwatch.GetElapsedTime(loading).TotalMilliseconds:F0} ms: {ProcessMemory.Describe()}"));
            session.Read(prompt, CancellationToken.None);
        }
        else
        {
            Read(engine, session, prompt, output);
        }

        if (file is not null && !File.Exists(file))
        {
            long saving = Stopwatch.GetTimestamp();
            session.Save(file);
            output.WriteLine(Invariant($"saved in {Stopwatch.GetElapsedTime(saving).TotalMilliseconds:F0} ms"));
        }

        if (cancels > 0)
        {
            Cancel(engine, session, prompt, cancels, output);
        }
    }

    private static void Read(InferenceEngine engine, Session session, int[] prompt, TextWriter output)
    {
        int positions = prompt.Length;
        output.WriteLine("   tokens  tokens/s  median chunk's tokens/s  its microseconds a token in sliding layers  in full-attention layers");
        var layers = new LayerTimes(engine, session);
        long total = Stopwatch.GetTimestamp();
        for (int stretch = 0; stretch < Stretches; stretch++)
        {
            int end = (int)((long)positions * (stretch + 1) / Stretches);
            int begin = session.Tokens.Count;
            layers.Restart();
            long start = Stopwatch.GetTimestamp();
            session.Read(prompt.AsSpan(0, end), CancellationToken.None);
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            double tokens = end - begin;
            (double chunk, double sliding, double full) = layers.Medians();
            output.WriteLine(Invariant($"{end,9}  {tokens / seconds,8:F0}  {1e6 / chunk,23:F0}  {sliding,43:F1}  {full,24:F1}"));
        }

        session.Forward.LayerProbe = null;
        output.WriteLine(Invariant($"{positions} tokens in {Stopwatch.GetElapsedTime(total).TotalSeconds:F1} s: {ProcessMemory.Describe()}"));
        var layout = new KvLayout(engine.Config, KvPrecision.Int8);
        output.WriteLine(Invariant($"keys and values: {engine.KvBytes} bytes; the layout computes {layout.Bytes(positions)}, a page is {layout.FullBytes + layout.SlidingBytes}, the default budget {InferenceEngine.DefaultKvBudget}"));
    }

    private static void Cancel(InferenceEngine engine, Session session, int[] prompt, int cancels, TextWriter output)
    {
        var random = new Random(2);
        double[] latencies = new double[cancels];
        for (int i = 0; i < cancels; i++)
        {
            int[] longer = [.. prompt, .. RandomTokens(engine, ReadOn, seed: i + 10)];
            using var cancellation = new CancellationTokenSource();
            int delay = random.Next(600);
            long asked = 0;
            var canceller = new Thread(() =>
            {
                Thread.Sleep(delay);
                asked = Stopwatch.GetTimestamp();
                cancellation.Cancel();
            });
            canceller.Start();
            try
            {
                session.Read(longer, cancellation.Token);
                output.WriteLine("read to the end: the prompt is too short to be cancelled");
            }
            catch (OperationCanceledException)
            {
                latencies[i] = Stopwatch.GetElapsedTime(asked).TotalMilliseconds;
            }

            canceller.Join();
        }

        Array.Sort(latencies);
        output.WriteLine(Invariant($"{cancels} cancellations after {prompt.Length} tokens: median {latencies[cancels / 2]:F1} ms, 90 % within {latencies[cancels * 9 / 10]:F1} ms, worst {latencies[^1]:F1} ms"));
    }

    private static int[] RandomTokens(InferenceEngine engine, int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(engine.Config.VocabSize))];
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>
    /// Microseconds a token of each chunk, whole and in the layers of each kind. Medians of them: other programs that stop this one for a
    /// moment count little. The first layer's beginning is not seen, so it counts with the whole alone.
    /// </summary>
    private sealed class LayerTimes
    {
        private const double ChunkTokens = 64;

        private readonly List<(double Whole, double Sliding, double Full)> _chunks = [];
        private double _sliding;
        private double _full;
        private long _last;
        private long _lastChunk;

        public LayerTimes(InferenceEngine engine, Session session) => session.Forward.LayerProbe = (layer, _) =>
        {
            long now = Stopwatch.GetTimestamp();
            double microseconds = layer == 0 ? 0 : Stopwatch.GetElapsedTime(_last, now).TotalMicroseconds / ChunkTokens;
            _last = now;
            if (engine.Config.Layers[layer].IsSliding)
            {
                _sliding += microseconds;
            }
            else
            {
                _full += microseconds;
            }

            if (layer == engine.Config.Layers.Count - 1)
            {
                _chunks.Add((Stopwatch.GetElapsedTime(_lastChunk, now).TotalMicroseconds / ChunkTokens, _sliding, _full));
                (_sliding, _full, _lastChunk) = (0, 0, now);
            }
        };

        public void Restart()
        {
            _chunks.Clear();
            _lastChunk = Stopwatch.GetTimestamp();
        }

        public (double Whole, double Sliding, double Full) Medians() => (Median(c => c.Whole), Median(c => c.Sliding), Median(c => c.Full));

        private double Median(Func<(double Whole, double Sliding, double Full), double> of) => _chunks.Select(of).Order().ElementAt(_chunks.Count / 2);
    }
}
