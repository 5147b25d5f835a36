using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Tritter.Inference.Benchmark;
using Tritter.Inference.Cuda;
using Tritter.Inference.Generation;
using Tritter.Inference.Kernels;
using Tritter.Inference.KvCache;
using Tritter.Inference.Model;
using Tritter.Inference.Sampling;

namespace Tritter.Bench;

/// <summary>What docs/gpu.md says of a card: how far its logits are from the processor's, how fast it is, and what each kernel takes.</summary>
internal static class CudaSpeed
{
    private const int Decoded = 200;

    /// <param name="what">A model's folder, or "7b" for random weights of that shape.</param>
    /// <param name="cases">A file of prompts, as tests/fixtures/tritter-100m/cases.json; null for none.</param>
    /// <param name="kv">How texts on the card, and the processor's beside them, store keys and values.</param>
    public static void Run(string what, string? cases, KvPrecision kv, TextWriter output)
    {
        long start = Stopwatch.GetTimestamp();
        using CudaDevice device = CudaDevice.Open();
        Say(output, $"{device.Description}, {device.Processors} multiprocessors; kernels compiled in {Stopwatch.GetElapsedTime(start).TotalMilliseconds:0} ms");
        using TritterModel model = what == "7b" ? TritterModel.Random(BenchmarkShapes.SevenBillion, seed: 1) : TritterModel.Load(what);
        Say(output, $"copying: {CopyBandwidth.Measure(device, 1L << 30) / 1e9:0} GB/s read and written");
        using var onDevice = new CudaModel(device, model);
        Say(output, $"weights {onDevice.WeightBytes / 1e6:0.0} MB, with buffers {device.AllocatedBytes / 1e6:0.0} MB");
        if (cases is not null)
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(cases));
            foreach (JsonProperty prompt in json.RootElement.EnumerateObject())
            {
                Compare(model, onDevice, kv, prompt.Name, [.. prompt.Value.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())], output);
            }
        }

        foreach (int positions in new[] { 128, 1024, 4096, 8192 })
        {
            Speed(onDevice, kv, positions, output);
        }

        Draw(onDevice, output);
        Long(onDevice, kv, output);
        Kernels(onDevice, kv, 1024, output);
    }

    /// <summary>The same tokens through both, the processor's choices fed to both.</summary>
    private static void Compare(TritterModel model, CudaModel onDevice, KvPrecision kv, string name, int[] ids, TextWriter output)
    {
        const int More = 32;
        using var team = new ThreadTeam(Environment.ProcessorCount);
        using var tree = new PrefixTree(new KvLayout(model.Config, kv), budget: 0);
        using var expected = new Session(model, team, tree, ids.Length + More);
        using var actual = new Session(model, tree, new CudaText(onDevice, ids.Length + More, precision: kv));
        expected.Read(ids, CancellationToken.None);
        actual.Read(ids, CancellationToken.None);
        int same = 0;
        double farthest = Distance(actual.Logits, expected.Logits), gap = 0;
        for (int i = 0; i < More; i++)
        {
            int token = Sampler.Greedy(expected.Logits);
            same += actual.Likeliest == token ? 1 : 0;
            gap = Math.Max(gap, expected.Logits[token] - expected.Logits[actual.Likeliest]);
            expected.Append(token);
            actual.Append(token);
            farthest = Math.Max(farthest, Distance(actual.Logits, expected.Logits));
        }

        Say(output, $"{name}: {ids.Length} tokens; {same} of {More} likeliest tokens the same, the others at most {gap:0.000} apart; logits at most {100 * farthest:0.0} % away");
    }

    private static double Distance(ReadOnlySpan<float> actual, ReadOnlySpan<float> expected)
    {
        double difference = 0, norm = 0;
        for (int i = 0; i < actual.Length; i++)
        {
            difference += Math.Pow((double)actual[i] - expected[i], 2);
            norm += Math.Pow(expected[i], 2);
        }

        return Math.Sqrt(difference / norm);
    }

    private static void Speed(CudaModel onDevice, KvPrecision kv, int positions, TextWriter output)
    {
        using var text = new CudaText(onDevice, positions + 2 * Decoded, precision: kv);
        double prefill = 0;
        for (int run = 0; run < 2; run++)
        {
            text.Truncate(0);
            long start = Stopwatch.GetTimestamp();
            Read(text, onDevice.Config, positions);
            prefill = Math.Max(prefill, positions / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        Say(output, $"{positions} positions: prefill {prefill:0} tokens/s, decode {Decode(text):0} tokens/s; {onDevice.Device.AllocatedBytes / 1e9:0.000} GB allocated");
    }

    /// <summary>A text that fills 131,072 positions: read, gone on with, and cut back a thousand tokens as an edit does.</summary>
    private static void Long(CudaModel onDevice, KvPrecision kv, TextWriter output)
    {
        const int Positions = 128 << 10, Edit = 1000;
        int read = Positions - 2 * Decoded;
        using var text = new CudaText(onDevice, Positions, precision: kv);
        text.Seek(new int[read]);
        long start = Stopwatch.GetTimestamp();
        Read(text, onDevice.Config, read - text.MaxChunk);
        double most = Stopwatch.GetElapsedTime(start).TotalSeconds;
        start = Stopwatch.GetTimestamp();
        Read(text, onDevice.Config, text.MaxChunk);
        double last = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Say(output, $"{read} positions of 131072: prefill {read / (most + last):0} tokens/s, its last {text.MaxChunk} tokens {text.MaxChunk / last:0} tokens/s; decode {Decode(text):0} tokens/s");
        text.Truncate(read - Edit);
        start = Stopwatch.GetTimestamp();
        Read(text, onDevice.Config, Edit);
        double edit = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Say(output, $"an edit {Edit} tokens before the end: {1000 * edit:0} ms; {onDevice.Device.AllocatedBytes / 1e9:0.000} GB allocated, {onDevice.Device.PeakBytes / 1e9:0.000} GB at most");
    }

    private static void Read(CudaText text, ModelConfig config, int positions)
    {
        var random = new Random(1);
        int[] prompt = [.. Enumerable.Range(0, positions).Select(_ => random.Next(config.VocabSize))];
        for (int next = 0; next < positions;)
        {
            int count = Math.Min(text.MaxChunk, positions - next);
            text.Run(prompt.AsSpan(next, count), next + count == positions ? LogitsOf.Last : LogitsOf.None, CancellationToken.None);
            next += count;
        }
    }

    private static double Decode(CudaText text)
    {
        const int WarmUp = 8;
        long start = 0;
        for (int i = -WarmUp; i < Decoded; i++)
        {
            if (i == 0)
            {
                start = Stopwatch.GetTimestamp();
            }

            text.Run([Math.Max(0, text.Likeliest)], LogitsOf.Last, CancellationToken.None);
        }

        return Decoded / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Tokens drawn from the logits that a text's last token has: of what the card finds for it, and of all logits here.</summary>
    private static void Draw(CudaModel onDevice, TextWriter output)
    {
        using var text = new CudaText(onDevice, 128);
        Read(text, onDevice.Config, 64);
        var found = new List<ulong>();
        float[] logits = new float[onDevice.Config.VocabSize];
        foreach (SamplingOptions options in new SamplingOptions[] { new() { Temperature = 0.8f, TopP = 0.95f }, new() { Temperature = 0.8f, TopK = 40, TopP = 0.95f }, new() { Temperature = 0.8f, MinP = 0.05f } })
        {
            Sampler there = new(options), here = new(options);
            int same = 0, candidates = 0;
            double onCard = 0, onHost = 0;
            for (int i = 0; i < Decoded; i++)
            {
                long start = Stopwatch.GetTimestamp();
                bool few = onDevice.Candidates.Find(onDevice.Logits, logits.Length, there.Needs, [], found);
                candidates = few ? found.Count : 0;
                int? token = few ? there.Choose(found) : null;
                onCard += Stopwatch.GetElapsedTime(start).TotalMicroseconds;
                start = Stopwatch.GetTimestamp();
                onDevice.Device.Download<float>(onDevice.Logits.Pointer, logits);
                same += here.Sample(logits) == token ? 1 : 0;
                onHost += Stopwatch.GetElapsedTime(start).TotalMicroseconds;
            }

            Say(output, $"drawing, temperature {options.Temperature}, top-k {options.TopK}, top-p {options.TopP}, min-p {options.MinP}: {onCard / Decoded:0} us by {(candidates > 0 ? string.Create(CultureInfo.InvariantCulture, $"{candidates} candidates of the card") : "the card, which finds more candidates than it sends")}, {onHost / Decoded:0} us by all logits; {same} of {Decoded} tokens the same");
        }
    }

    /// <summary>What a launch of a prompt's kernels takes among others of the same, so with its weights in the cache where they fit.</summary>
    private static void Kernels(CudaModel onDevice, KvPrecision kv, int positions, TextWriter output)
    {
        using var text = new CudaText(onDevice, 2 * positions + 1, precision: kv);
        onDevice.Device.Times = [];
        Read(text, onDevice.Config, positions);
        foreach ((string kernel, (double milliseconds, int launches)) in onDevice.Device.Times)
        {
            Say(output, $"{kernel}: {launches} launches of {1000 * milliseconds / launches:0.0} us");
        }

        onDevice.Device.Times = null;
    }

    private static void Say(TextWriter output, FormattableString line) => output.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
