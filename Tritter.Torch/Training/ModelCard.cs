using System.Globalization;
using System.Text;
using System.Text.Json;
using Tritter.Inference.Model;

namespace Tritter.Torch.Training;

/// <summary>Writes what a run did beside its model, from the metrics and nothing else.</summary>
public static class ModelCard
{
    public static void Write(string path, TrainingOptions options, ModelConfig config, Progress progress, string metrics)
    {
        var steps = new List<(long Step, double Tokens, double Loss)>();
        var validations = new List<(long Step, double Tokens, Dictionary<string, double> Losses)>();
        long spikes = 0;
        foreach (string line in File.ReadLines(metrics))
        {
            using JsonDocument json = JsonDocument.Parse(line);
            JsonElement root = json.RootElement;
            long step = root.GetProperty("step").GetInt64();
            double tokens = root.GetProperty("tokens").GetDouble() / 1e6;
            if (root.TryGetProperty("validation", out JsonElement validation))
            {
                validations.Add((step, tokens, validation.EnumerateObject().ToDictionary(l => l.Name, l => l.Value.GetDouble())));
            }
            else if (root.GetProperty("loss").ValueKind == JsonValueKind.Number)
            {
                steps.Add((step, tokens, root.GetProperty("loss").GetDouble()));
                spikes += root.GetProperty("spike").GetBoolean() ? 1 : 0;
            }
        }

        var card = new StringBuilder();
        Line("# How this model was trained", "");
        Line($"{new ModelInfo("", config, 0).Parameters / 1e6:F2} M parameters, {progress.Step} steps, {progress.Tokens / 1e6:F2} M token positions in {progress.Seconds:F0} s; {spikes} steps left out as loss spikes.", "");
        Line($"Batch {options.Batch} sequences; Muon {options.MatrixRate:G4} on matrices (weight decay {options.WeightDecay:G4}), AdamW {options.VectorRate:G4} on embedding and norms; warm-up to {options.Schedule.WarmUp:P0}, decay to zero from {options.Schedule.DecayFrom:P0} of the run; gradient norm at most {options.ClipNorm:G4}; weight {options.MiddleWeight:G3} on what is filled in.", "");
        Line("| step | M tokens | training loss, mean of up to 20 steps |", "| --- | --- | --- |");
        foreach (int at in Enumerable.Range(0, 9).Select(i => (steps.Count - 1) * i / 8).Distinct().Where(i => i >= 0))
        {
            double mean = steps.Skip(Math.Max(0, at - 19)).Take(Math.Min(20, at + 1)).Average(s => s.Loss);
            Line($"| {steps[at].Step} | {steps[at].Tokens:F2} | {mean:F3} |");
        }

        if (validations.Count > 0)
        {
            string[] names = [.. validations[^1].Losses.Keys.Order(StringComparer.Ordinal)];
            Line("", "Held-out losses, mean per token:", "", "| step | M tokens | " + string.Join(" | ", names) + " |", "| --- | --- |" + string.Concat(names.Select(_ => " --- |")));
            foreach ((long step, double tokens, Dictionary<string, double> losses) in validations)
            {
                Line($"| {step} | {tokens:F2} | " + string.Join(" | ", names.Select(n => losses.TryGetValue(n, out double l) ? l.ToString("F3", CultureInfo.InvariantCulture) : "-")) + " |");
            }
        }

        File.WriteAllText(path, card.ToString());

        void Line(params string[] lines)
        {
            foreach (string line in lines)
            {
                card.Append(line).Append('\n');
            }
        }
    }
}
