using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json;
using Tritter.Inference.Model;
using Tritter.Server.Models;

namespace Tritter.Server.CommandLine;

/// <summary><c>tritter model plan</c>: the memory that running a model takes, from its shape, before there are weights or anything is allocated.</summary>
internal static class ModelPlanCommand
{
    private static readonly int[] _contexts = [4 << 10, 32 << 10, 128 << 10];
    private static readonly (string Suffix, double Bytes)[] _units = [("GiB", 1L << 30), ("MiB", 1L << 20), ("GB", 1e9), ("MB", 1e6)];

    public static Command Create(CommandOutput output)
    {
        var model = new Argument<string?>("MODEL") { Description = "A model, as 'tritter model info' takes it; without one, and without --preset, the default model.", Arity = ArgumentArity.ZeroOrOne };
        var preset = new Option<string?>("--preset") { Description = $"A shape instead of a model: {string.Join(", ", ModelPresets.Names)}.", HelpName = "NAME" };
        var contexts = new Option<int[]>("--context")
        {
            Description = "Tokens of the text, such as 4K or 10000; may be given several times. Default: 4K, 32K and 128K.",
            HelpName = "N",
            CustomParser = result => [.. result.Tokens.Select(token => Tokens(result, token.Value))],
        };
        var device = new Option<long?>("--device") { Description = "Memory of the device or card, such as 16GB (1e9 bytes) or 16GiB: says what fits, and how long a text does.", HelpName = "SIZE", CustomParser = Size };
        Option<int> threads = ModelOptions.Threads();
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new Command("plan", "Compute the memory of weights, KV cache and activations of a model or a shape, on the processor and on an NVIDIA card.") { model, preset, contexts, device, threads, json };
        command.SetAction(parsed =>
        {
            (string name, ModelConfig config) = Shape(parsed.GetValue(model), parsed.GetValue(preset));
            int[] positions = parsed.GetValue(contexts) is { Length: > 0 } given ? given : [.. _contexts.Where(c => c <= config.MaxPositions)];
            if (positions.FirstOrDefault(p => p > config.MaxPositions) is > 0 and var tooLong)
            {
                throw new CommandFailure($"--context {tooLong}: {name} has at most {config.MaxPositions} positions", ExitCode.Usage);
            }

            int workers = parsed.GetValue(threads) is > 0 and var n ? n : Environment.ProcessorCount;
            ModelPlanReport report = ModelPlanReport.Of(name, config, positions, parsed.GetValue(device), workers);
            output.Out.WriteLine(parsed.GetValue(json) ? JsonSerializer.Serialize(report, CommandLineJson.Readable.ModelPlanReport) : Show(report));
            return (int)ExitCode.Success;
        });
        return command;
    }

    private static (string Name, ModelConfig Config) Shape(string? model, string? preset)
    {
        if (preset is null)
        {
            ModelInfo info = ModelInfo.Load(ModelDirectory.Find(model));
            return (Path.GetFileName(info.Directory), info.Config);
        }

        return model is null
            ? (preset.ToUpperInvariant(), ModelPresets.Load(preset))
            : throw new CommandFailure("give a model or --preset, not both", ExitCode.Usage);
    }

    private static string Show(ModelPlanReport report)
    {
        string[] lines =
        [
            string.Create(CultureInfo.InvariantCulture, $"{report.Name}: {report.Parameters / 1e6:0.0}M parameters, {report.TernaryParameters / 1e6:0.0}M of them ternary; {report.Threads} threads; GB of 1e9 bytes"),
            Row("context", c => c.Positions % 1024 == 0 ? $"{c.Positions / 1024}K" : $"{c.Positions}"),
            Row("weights, packed", c => Gigabytes(c.WeightsBytes)),
            Row("embedding, int8", c => Gigabytes(c.EmbeddingBytes)),
            Row("norms", c => Gigabytes(c.NormsBytes)),
            Row("KV cache, int8", c => Gigabytes(c.KvInt8Bytes)),
            Row("activations", c => Gigabytes(c.WorkingBytes)),
            Row("in all", c => Gigabytes(c.TotalBytes)),
            .. report.DeviceBytes is { } device ? [Row(string.Create(CultureInfo.InvariantCulture, $"fits in {device / 1e9:0.##} GB"), c => c.Fits == true ? "yes" : "no")] : (string[])[],
            Row("KV cache, int4 *", c => Gigabytes(c.KvInt4Bytes)),
            Row("in all, int4 *", c => Gigabytes(c.TotalInt4Bytes)),
            "* with --kv int4; what is near a text's end is held in int8 as well, so that a short text takes more",
            .. report.LongestText is { } longest ? [longest == 0 ? "no text fits" : $"the longest text that fits: {longest} tokens"] : (string[])[],
            .. Card(),
        ];
        return string.Join(Environment.NewLine, lines);

        string[] Card() => report.NoCard is { } reason ? [$"on an NVIDIA card: {reason}"] :
        [
            "on an NVIDIA card:",
            Row("weights", c => Gigabytes(c.Card!.WeightsBytes)),
            Row("embedding, int8", c => Gigabytes(c.Card!.EmbeddingBytes)),
            Row("buffers", c => Gigabytes(c.Card!.BuffersBytes)),
            Row("KV cache, int8", c => Gigabytes(c.Card!.KvInt8Bytes)),
            Row("in all", c => Gigabytes(c.Card!.TotalBytes)),
            .. report.DeviceBytes is { } bytes
                ? [Row(string.Create(CultureInfo.InvariantCulture, $"fits in {bytes / 1e9:0.##} GB"), c => c.Card!.Fits == true ? "yes" : "no"), Row("layers streamed", c => Layers(c.Card!.StreamedLayers))]
                : (string[])[],
            Row("KV cache, int4", c => Gigabytes(c.Card!.KvInt4Bytes)),
            Row("in all, int4", c => Gigabytes(c.Card!.TotalInt4Bytes)),
            .. report.DeviceBytes is not null ? [Row("streamed, int4", c => Layers(c.Card!.StreamedLayersInt4))] : (string[])[],
        ];

        static string Layers(int? streamed) => streamed is { } layers ? $"{layers}" : "-";

        string Row(string title, Func<ContextPlan, string> cell) => $"{title,-18}{string.Concat(report.Contexts.Select(c => $"{cell(c),10}"))}";
    }

    private static string Gigabytes(long bytes) => (bytes / 1e9).ToString("0.000", CultureInfo.InvariantCulture);

    private static int Tokens(ArgumentResult result, string text)
    {
        int unit = text.EndsWith("K", StringComparison.OrdinalIgnoreCase) ? 1024 : 1;
        if (!int.TryParse(unit == 1 ? text : text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out int count) || count is < 1 or > 16 << 20)
        {
            result.AddError($"--context takes a number of tokens such as 4K or 10000, not '{text}'.");
        }

        return count * unit;
    }

    private static long? Size(ArgumentResult result)
    {
        string text = result.Tokens[0].Value.Trim();
        (string suffix, double unit) = _units.FirstOrDefault(u => text.EndsWith(u.Suffix, StringComparison.OrdinalIgnoreCase));
        if (unit == 0 || !double.TryParse(text[..^suffix.Length].Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double size) || size is <= 0 or > 1e6)
        {
            result.AddError($"--device takes a size such as 16GB or 16GiB, not '{text}'.");
            return null;
        }

        return (long)(size * unit);
    }
}
