using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Tritter.Inference.Model;

namespace Tritter.Server.CommandLine;

/// <summary><c>tritter model info [DIR]</c>: shapes, sizes and memory of a model, without loading it.</summary>
internal static class ModelInfoCommand
{
    private static readonly int[] _contexts = [4 << 10, 32 << 10, 128 << 10];

    public static Command Create(CommandOutput output)
    {
        var directory = new Argument<string?>("MODEL")
        {
            Description = $"Model: a folder, a GGUF file, or a name that 'tritter model add' gave. Default: ${ModelDirectory.EnvironmentVariable}, then {ModelDirectory.DefaultName} beside the program or in a folder above it.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new Command("info", "Print a model's shapes, bits per weight, bytes and KV cache bytes.") { directory, json };
        command.SetAction(parsed =>
        {
            ModelReport report = Report(ModelInfo.Load(ModelDirectory.Find(parsed.GetValue(directory))));
            output.Out.WriteLine(parsed.GetValue(json) ? JsonSerializer.Serialize(report, CommandLineJson.Readable.ModelReport) : Show(report));
            return (int)ExitCode.Success;
        });
        return command;
    }

    private static ModelReport Report(ModelInfo info)
    {
        ModelConfig config = info.Config;
        LayerAttention[] sliding = [.. config.Layers.Where(layer => layer.IsSliding)];
        return new ModelReport(
            Path.GetFileName(info.Directory),
            info.Directory,
            new ShapeReport(
                config.Layers.Count,
                config.HiddenSize,
                config.Heads,
                config.KvHeads,
                config.HeadDim,
                config.IntermediateSize,
                config.VocabSize,
                sliding.Length,
                sliding.Length > 0 ? sliding.Max(layer => layer.Window) : null,
                config.Layers.Count(layer => layer.Rope),
                config.MaxPositions),
            info.Parameters,
            info.TernaryParameters,
            info.EmbeddingParameters,
            info.NormParameters,
            info.WeightsBytes,
            Math.Round(info.BitsPerParameter, 3),
            [.. _contexts.Select(positions => new KvReport(positions, info.KvBytes(positions)))]);
    }

    private static string Show(ModelReport report)
    {
        ShapeReport shape = report.Shape;
        string kv = string.Join(", ", report.KvCache.Select(c => $"{Bytes(c.Bytes)} at {c.Positions / 1024}K"));
        string window = shape.SlidingWindow is int w ? $"{shape.SlidingLayers} layers see {w} positions, " : "";
        string[] lines =
        [
            $"{report.Name} in {report.Directory}",
            $"parameters  {Millions(report.Parameters)}: {Millions(report.TernaryParameters)} ternary, {Millions(report.EmbeddingParameters)} embedding, {Millions(report.NormParameters)} norms",
            Invariant($"weights     {Bytes(report.WeightsBytes)}, {report.BitsPerParameter:0.00} bits per weight ({ModelInfo.StoredBitsPerTernaryWeight} for a ternary one)"),
            $"shape       {shape.Layers} layers of {shape.HiddenSize}, {shape.Heads} query and {shape.KvHeads} key/value heads of {shape.HeadDim}, feed-forward {shape.IntermediateSize}, vocabulary {shape.VocabSize}",
            $"attention   {window}{shape.Layers - shape.SlidingLayers} layers see all; {shape.RopeLayers} layers have RoPE; at most {shape.MaxPositions} positions",
            $"KV cache    {kv}",
        ];
        return string.Join(Environment.NewLine, lines);
    }

    private static string Millions(long count) => Invariant($"{count / 1e6:0.00}M");

    private static string Bytes(long count) => Invariant($"{count / 1e6:0.0} MB");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
