using Tritter.Bench;
using Tritter.Inference.Benchmark;

// Usage: dotnet run -c Release --project bench/Tritter.Bench -- COMMAND (below)
switch (args)
{
    case ["layouts", var model, var count, .. var sources] when sources.Length > 0:
        LayoutComparison.Run(model, int.Parse(count), sources, Console.Out);
        return 0;
    case ["speed", var shape, var threads, .. var positions]:
        using (SpeedBenchmark bench = shape switch
        {
            "100m" => SpeedBenchmark.OfShape(BenchmarkShapes.Small, int.Parse(threads)),
            "2b" => SpeedBenchmark.OfShape(BenchmarkShapes.Large, int.Parse(threads)),
            _ => SpeedBenchmark.OfModel(shape, int.Parse(threads)),
        })
        {
            foreach (string position in positions)
            {
                SpeedAt speed = bench.Measure(int.Parse(position), 128, 5, CancellationToken.None);
                Console.Out.WriteLine($"{shape} {bench.Threads} threads, {speed.Positions} positions: prefill {speed.Prefill.Median:F0} ({speed.Prefill.Min:F0}-{speed.Prefill.Max:F0}), decode {speed.Decode.Median:F0} ({speed.Decode.Min:F0}-{speed.Decode.Max:F0}) tokens/s, {speed.Decode.Median * bench.BytesPerToken / 1e9:F1} GB/s, {speed.AllocatedBytesPerToken:F0} B/token");
            }
        }

        return 0;
    default:
        Console.Error.WriteLine("usage: layouts MODEL COUNT FILE_OR_DIR... | speed 100m|2b|MODEL THREADS POSITIONS...");
        return 2;
}
