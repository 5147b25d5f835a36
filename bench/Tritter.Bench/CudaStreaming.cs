using System.Diagnostics;
using System.Globalization;
using Tritter.Inference.Benchmark;
using Tritter.Inference.Cuda;
using Tritter.Inference.Generation;
using Tritter.Inference.Model;

namespace Tritter.Bench;

/// <summary>How fast a model decodes whose layers come to a card from host memory, beside how fast bytes come there.</summary>
internal static class CudaStreaming
{
    private const int Prompt = 128;
    private const int Decoded = 32;
    private const int Copies = 16;

    /// <param name="shape">100m, 7b or 70b: random weights, of which two layers are made and the others are copies.</param>
    /// <param name="gigabytes">Of the card, for all but keys and values; 0 for the least that does, so that every layer is streamed.</param>
    /// <param name="group">Layers of a group; null for as many as suit.</param>
    public static void Run(string shape, double gigabytes, int? group, TextWriter output)
    {
        ModelConfig config = shape switch { "100m" => BenchmarkShapes.Small, "7b" => BenchmarkShapes.SevenBillion, "70b" => BenchmarkShapes.SeventyBillion, _ => throw new ArgumentException($"no shape {shape}") };
        using CudaDevice device = CudaDevice.Open();
        Say(output, $"{device.Description}, {device.Processors} multiprocessors");
        long start = Stopwatch.GetTimestamp();
        using TritterModel model = TritterModel.Random(config, seed: 1, distinct: 2);
        Say(output, $"two layers and the embedding made in {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s");
        long layer = CudaLayer.MatrixBytes(config);
        int together = group ?? CudaPlacement.SuitableGroup(config);
        long least = CudaMemory.FixedBytes(config, device.Processors, CudaPlacement.Buffers) + CudaPlacement.Buffers * together * layer;
        double bandwidth = HostToDevice(device, together * layer);
        Say(output, $"copies of {together * layer / 1e6:0.0} MB from pinned host memory: {bandwidth / 1e9:0.00} GB/s");
        start = Stopwatch.GetTimestamp();
        float[] streamed, whole = [];
        using (var onDevice = new CudaModel(device, model, new GpuMemory(gigabytes == 0 ? least : (long)(gigabytes * 1e9), together)))
        {
            Say(output, $"{onDevice.Layers.Placement}; {onDevice.Layers.StreamedBytes / 1e9:0.000} GB in host memory, {device.AllocatedBytes / 1e9:0.000} GB on the card, laid out in {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s");
            streamed = Measure(onDevice, bandwidth, output);
        }

        long needed = CudaMemory.Of(config, Prompt + 2 * Decoded, device.Processors).Total;
        if (device.FreeBytes < needed + (1L << 30))
        {
            Say(output, $"all layers on the card would take {needed / 1e9:0.000} GB: not compared");
            return;
        }

        using (var onDevice = new CudaModel(device, model))
        {
            Say(output, $"all layers on the card: {device.AllocatedBytes / 1e9:0.000} GB");
            whole = Measure(onDevice, bandwidth, output);
        }

        double farthest = streamed.Zip(whole, (a, b) => Math.Abs((double)a - b)).Max();
        Say(output, $"the last logits are {(farthest == 0 ? "the same" : FormattableString.Invariant($"{farthest} apart"))}");
    }

    /// <returns>The logits behind what was decoded: of the same tokens in every run.</returns>
    private static float[] Measure(CudaModel onDevice, double bandwidth, TextWriter output)
    {
        using var text = new CudaText(onDevice, Prompt + 4 * Decoded);
        int[] tokens = [.. Enumerable.Range(0, Prompt + 2 * Decoded).Select(i => (int)(i * 7919L % onDevice.Config.VocabSize))];
        text.Run(tokens.AsSpan(0, Prompt), LogitsOf.Last, CancellationToken.None);
        text.Truncate(0);
        long start = Stopwatch.GetTimestamp();
        text.Run(tokens.AsSpan(0, Prompt), LogitsOf.Last, CancellationToken.None);
        double prompt = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Chunk(onDevice, output);
        double unprofiled = Decode(text, tokens.AsSpan(Prompt, Decoded));
        long bytes = onDevice.Layers.StreamedBytes;
        Say(output, $"prompt of {Prompt} tokens in {1000 * prompt:0.0} ms; decode {1 / unprofiled:0.00} tokens/s at {Prompt} positions, {1000 * unprofiled:0.00} ms a token");
        if (bytes > 0)
        {
            double rate = bytes / unprofiled;
            Say(output, $"{bytes / 1e9:0.000} GB streamed a token: {rate / 1e9:0.00} GB/s, {100 * rate / bandwidth:0.0} % of what copies alone reach");
            onDevice.Layers.StartTimes();
        }

        double profiled = Decode(text, tokens.AsSpan(Prompt + Decoded, Decoded));
        if (bytes > 0)
        {
            (double copying, double computing) = onDevice.Layers.TakeTimes();
            Say(output, $"of a token's {1000 * profiled:0.00} ms: copying {copying / Decoded:0.00} ms, computing {computing / Decoded:0.00} ms, together {(copying + computing) / Decoded:0.00} ms in {onDevice.Layers.Steps.Count} steps");
        }

        return text.Logits.ToArray();
    }

    /// <summary>As many tokens of a prompt as go through the layers together.</summary>
    private static void Chunk(CudaModel onDevice, TextWriter output)
    {
        using var text = new CudaText(onDevice, CudaModel.MaxChunk);
        int[] tokens = [.. Enumerable.Range(0, CudaModel.MaxChunk).Select(i => (int)(i * 104729L % onDevice.Config.VocabSize))];
        for (int run = 0; run < 2; run++)
        {
            text.Truncate(0);
            long start = Stopwatch.GetTimestamp();
            text.Run(tokens, LogitsOf.Last, CancellationToken.None);
            if (run > 0)
            {
                double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
                Say(output, $"prompt of {tokens.Length} tokens in {1000 * seconds:0.0} ms: {tokens.Length / seconds:0} tokens/s");
            }
        }
    }

    /// <returns>Seconds for each of the tokens.</returns>
    private static double Decode(CudaText text, ReadOnlySpan<int> tokens)
    {
        long start = Stopwatch.GetTimestamp();
        foreach (int token in tokens)
        {
            text.Run([token], LogitsOf.Last, CancellationToken.None);
        }

        return Stopwatch.GetElapsedTime(start).TotalSeconds / tokens.Length;
    }

    /// <returns>Bytes a second, of copies one after the other from places of their own into two places in turn.</returns>
    private static double HostToDevice(CudaDevice device, long bytes)
    {
        using CudaBuffer to = device.Allocate(CudaPlacement.Buffers * bytes);
        using var copies = new CudaCopyStream(device);
        nint[] from = [.. Enumerable.Range(0, Copies).Select(_ => copies.AllocateHost(bytes))];
        double best = 0;
        for (int run = 0; run < 3; run++)
        {
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < Copies; i++)
            {
                copies.Copy(from[i], to.Pointer + (nint)(i % CudaPlacement.Buffers * bytes), bytes);
            }

            copies.Synchronize();
            best = Math.Max(best, Copies * bytes / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }

    private static void Say(TextWriter output, FormattableString line) => output.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
