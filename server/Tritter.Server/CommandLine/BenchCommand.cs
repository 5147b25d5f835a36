using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text.Json;
using Tritter.Inference;
using Tritter.Inference.Benchmark;
using Tritter.Inference.Cuda;
using Tritter.Inference.KvCache;

namespace Tritter.Server.CommandLine;

/// <summary><c>tritter bench</c>: how fast this machine reads prompts and decodes.</summary>
internal static class BenchCommand
{
    private const int DecodedTokens = 128;

    /// <summary>Longer prompts take many seconds and are measured twice at most.</summary>
    private const int LongPositions = 8192;

    public static Command Create(CommandOutput output)
    {
        var shape = new Option<string?>("--shape")
        {
            Description = "Random weights of a known shape instead of a model: 100m (103.8M ternary weights), 2b (BitNet b1.58 2B4T) or 7b (hidden 4096, 32 layers).",
            HelpName = "SHAPE",
        };
        shape.AcceptOnlyFromAmong("100m", "2b", "7b");
        Option<string?> model = ModelOptions.Model();
        Option<int> threads = ModelOptions.Threads();
        Option<ComputeDevice> device = ModelOptions.Device();
        Option<double?> memoryBudget = ModelOptions.MemoryBudget();
        Option<double?> gpuMemoryBudget = ModelOptions.GpuMemoryBudget();
        Option<int?> layerGroup = ModelOptions.LayerGroup();
        Option<KvPrecision> kv = ModelOptions.Kv();
        Option<int> repeats = ModelOptions.Whole("--repeats", "Runs to take the median of; one more warms up.", 5, 1, 100);
        var positions = new Option<int[]>("--positions")
        {
            Description = "Prompt lengths in tokens. Default: 512, 4096 and 32768.",
            HelpName = "N",
            DefaultValueFactory = _ => [512, 4096, 32768],
            AllowMultipleArgumentsPerToken = true,
        };
        positions.Validators.Add(result =>
        {
            if (result.Tokens.Any(t => !int.TryParse(t.Value, out int n) || n is < 1 or > 131072))
            {
                result.AddError($"--positions takes whole numbers from 1 to 131072.");
            }
        });
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new Command("bench", "Measure prefill and decode on this machine.") { shape, model, device, kv, memoryBudget, gpuMemoryBudget, layerGroup, threads, repeats, positions, json };
        command.SetAction((parsed, cancellationToken) =>
        {
            int workers = parsed.GetValue(threads);
            KvPrecision precision = parsed.GetValue(kv);
            long? budget = ModelOptions.Bytes(parsed.GetValue(memoryBudget));
            ComputeDevice on = ModelOptions.Allowed(parsed.GetValue(device), budget is not null ? "--memory-budget-gb" : null);
            var gpuMemory = new GpuMemory(ModelOptions.Bytes(parsed.GetValue(gpuMemoryBudget)), parsed.GetValue(layerGroup), parsed.GetValue(positions)!.Max() + DecodedTokens);
            using SpeedBenchmark bench = ModelOptions.OnDevice(() => parsed.GetValue(shape) switch
            {
                "100m" => SpeedBenchmark.OfShape(BenchmarkShapes.Small, workers, precision, on, budget, gpuMemory),
                "2b" => SpeedBenchmark.OfShape(BenchmarkShapes.Large, workers, precision, on, budget, gpuMemory),
                "7b" => SpeedBenchmark.OfShape(BenchmarkShapes.SevenBillion, workers, precision, on, budget, gpuMemory),
                _ => SpeedBenchmark.OfModel(ModelDirectory.Find(parsed.GetValue(model)), workers, precision, on, budget, gpuMemory),
            });
            output.Error.WriteLine($"computing on: {bench.Device}");
            if (bench.LayersInFile is { } layers)
            {
                output.Error.WriteLine(layers);
            }

            var speeds = new List<SpeedAt>();
            foreach (int length in parsed.GetValue(positions)!)
            {
                int runs = length > LongPositions ? Math.Min(2, parsed.GetValue(repeats)) : parsed.GetValue(repeats);
                output.Error.WriteLine($"measuring {length} positions, {runs + 1} runs ...");
                using var progress = new ProgressLine(output, "reading", (long)length * runs, TimeProvider.System);
                speeds.Add(bench.Measure(length, DecodedTokens, runs, cancellationToken, at =>
                {
                    if (at.Run > 0)
                    {
                        progress.Report((at.Run - 1L) * length + at.Read);
                    }
                }));
            }

            var report = new BenchReport(parsed.GetValue(shape) ?? "model", Machine(), bench.Threads, bench.Device, bench.PeakDeviceBytes, bench.BytesPerToken, bench.MeasureCopyBandwidth(), speeds);
            output.Out.WriteLine(parsed.GetValue(json) ? JsonSerializer.Serialize(report, CommandLineJson.Readable.BenchReport) : Show(report));
            return Task.FromResult((int)ExitCode.Success);
        });
        return command;
    }

    private static string Machine() =>
        $"{RuntimeInformation.ProcessArchitecture}, {Environment.ProcessorCount} processors, {(Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128)}-bit vectors, .NET {Environment.Version}";

    private static string Show(BenchReport report)
    {
        IEnumerable<string> rows = report.Speeds.Select(s => string.Create(CultureInfo.InvariantCulture,
            $"{s.Positions,9}  {s.Prefill.Median,8:F0} ({s.Prefill.Min:F0}-{s.Prefill.Max:F0})  {s.Decode.Median,8:F0} ({s.Decode.Min:F0}-{s.Decode.Max:F0})  {s.FirstToken.Median,8:F0} ms  {s.Decode.Median * report.WeightBytesPerToken / 1e9,6:F1} GB/s  {s.AllocatedBytesPerToken,5:F0} B              {s.KvBytes / 1e6,6:F1} MB"));
        IEnumerable<string> stretches = report.Speeds.Where(s => s.Stretches.Count > 0).Select(s => string.Create(CultureInfo.InvariantCulture,
            $"prefill of {s.Positions} by eighths: {string.Join(", ", s.Stretches.Select(t => t.ToString("F0", CultureInfo.InvariantCulture)))} tokens/s"));
        return string.Join(Environment.NewLine,
        [
            $"{report.Model}, {report.Threads} threads on {report.Machine}; medians (lowest-highest), tokens/s",
            $"computed on {report.Device}{(report.PeakDeviceBytes > 0 ? string.Create(CultureInfo.InvariantCulture, $", {report.PeakDeviceBytes / 1e9:0.000} GB at most") : "")}",
            "positions  prefill             decode           first token  weights read  allocated a token  KV cache",
            .. rows,
            .. stretches,
            string.Create(CultureInfo.InvariantCulture, $"copying {report.WeightBytesPerToken / 1e6:F1} MB, as many as a token's weights, reads and writes {report.CopyBytesPerSecond / 1e9:F1} GB/s"),
        ]);
    }
}
