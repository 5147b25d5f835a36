using System.Text.Json;

namespace Tritter.Torch.Training;

/// <summary>The lines of metrics.jsonl: one JSON object for each step and each validation.</summary>
public static class Metrics
{
    public static string Step(Progress progress, double loss, double norm, double rate, double tokensPerSecond, bool spike) => JsonSerializer.Serialize(new
    {
        step = progress.Step,
        tokens = progress.Tokens,
        seconds = Math.Round(progress.Seconds, 2),
        // JSON has no NaN; such a step is marked as a spike.
        loss = double.IsFinite(loss) ? Math.Round(loss, 4) : (double?)null,
        norm = double.IsFinite(norm) ? Math.Round(norm, 4) : (double?)null,
        rate = Math.Round(rate, 4),
        tokens_per_second = Math.Round(tokensPerSecond),
        spike,
    });

    public static string Validation(Progress progress, SortedDictionary<string, double> losses) =>
        JsonSerializer.Serialize(new { step = progress.Step, tokens = progress.Tokens, seconds = Math.Round(progress.Seconds, 2), validation = losses });

    /// <summary>Takes out what a run wrote after its last checkpoint: those steps come again. A line that was cut off goes, too.</summary>
    public static void Forget(string path, long afterStep)
    {
        if (File.Exists(path))
        {
            File.WriteAllLines(path, [.. File.ReadLines(path).Where(line => StepOf(line) is { } step && step <= afterStep)]);
        }
    }

    private static long? StepOf(string line)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(line);
            return json.RootElement.GetProperty("step").GetInt64();
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
