using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Tritter.Inference.Model;
using Tritter.Torch.Training;

namespace Tritter.Torch.CommandLine;

/// <summary>tritter-train plan: what a model will take, before anything is allocated.</summary>
internal static class PlanCommand
{
    public static Command Create()
    {
        var preset = new Option<string?>("--preset") { Description = string.Join(", ", Preset.Names) };
        var config = new Option<string?>("--config") { Description = "config.json of a model, instead of a preset" };
        var qlora = new Option<bool>("--qlora") { Description = "Train an adapter beside the packed weights" };
        var rank = new Option<int>("--rank") { Description = "Rank of the adapter", DefaultValueFactory = _ => 16 };
        var context = new Option<int>("--context") { Description = "Tokens of a sequence, and of the KV cache", DefaultValueFactory = _ => 4096 };
        var micro = new Option<int>("--micro") { Description = "Sequences computed at a time", DefaultValueFactory = _ => 1 };
        var device = new Option<string>("--device") { Description = "cpu (float32) or cuda (bfloat16)", DefaultValueFactory = _ => "cuda" };
        device.AcceptOnlyFromAmong("cpu", "cuda");
        var json = new Option<bool>("--json") { Description = "Print one JSON object" };
        var command = new Command("plan", "Says how much memory training and running a model takes.") { preset, config, qlora, rank, context, micro, device, json };
        command.SetAction(parse =>
        {
            string path = parse.GetValue(config) ?? Preset.Path(parse.GetValue(preset) ?? throw new InvalidDataException("give --preset or --config"));
            ModelConfig shape = ModelConfig.Load(path);
            int length = parse.GetValue(context);
            long tokens = (long)length * parse.GetValue(micro);
            int compute = parse.GetValue(device) == "cuda" ? 2 : 4;
            IReadOnlyList<MemoryItem> training = parse.GetValue(qlora)
                ? MemoryPlan.QLora(shape, parse.GetValue(rank), tokens, length, compute)
                : MemoryPlan.Training(shape, tokens, length, compute);
            IReadOnlyList<MemoryItem> running = MemoryPlan.Inference(shape, length);
            var info = new ModelInfo("", shape, 0);
            Console.Error.Flush();
            using Stream standard = Console.OpenStandardOutput();
            using var output = new StreamWriter(standard);
            output.WriteLine(parse.GetValue(json)
                ? JsonSerializer.Serialize(new
                {
                    parameters = info.Parameters,
                    ternary = info.TernaryParameters,
                    embedding = info.EmbeddingParameters,
                    context = length,
                    tokens,
                    method = parse.GetValue(qlora) ? "qlora" : "full",
                    training = training.Select(i => new { name = i.Name, bytes = i.Bytes, estimate = i.IsEstimate }),
                    trainingBytes = training.Sum(i => i.Bytes),
                    running = running.Select(i => new { name = i.Name, bytes = i.Bytes, estimate = i.IsEstimate }),
                    runningBytes = running.Sum(i => i.Bytes),
                })
                : string.Create(CultureInfo.InvariantCulture, $"{info.Parameters / 1e6:F1} M parameters: {info.TernaryParameters / 1e6:F1} M ternary, {info.EmbeddingParameters / 1e6:F1} M embedding, {info.NormParameters / 1e6:F2} M in norms\n\n")
                    + Table($"{(parse.GetValue(qlora) ? "fine-tuning an adapter" : "training")}, {tokens} tokens at a time, {parse.GetValue(device)}", training) + "\n"
                    + Table($"running, {length} tokens of context", running));
            return 0;
        });
        return command;
    }

    private static string Table(string title, IReadOnlyList<MemoryItem> items) => title + "\n" + string.Concat(items
        .Append(new MemoryItem("in all", items.Sum(i => i.Bytes)))
        .Select(i => string.Create(CultureInfo.InvariantCulture, $"  {i.Name,-28} {i.Bytes / 1e9,9:F3} GB{(i.IsEstimate ? "  (about)" : "")}\n")));
}
