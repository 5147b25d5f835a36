using Tritter.Inference.Sampling;

namespace Tritter.Inference.Tests.Sampling;

/// <summary>Logits and options that tell a draw from a nearly right one.</summary>
internal static class LogitsToDraw
{
    private const float None = float.NegativeInfinity;

    /// <summary>By name: a model's usual shape, many ties, all alike, ruled out and broken ones, zeros of both signs, and one that rounding of the sum makes a draw run out of candidates with.</summary>
    public static readonly Dictionary<string, Func<int, float[]>> All = new()
    {
        ["spread"] = count => Drawn(count, random => 30 * MathF.Pow((float)random.NextDouble(), 3) - 20),
        ["ties"] = count => Drawn(count, random => random.Next(-9, 4)),
        ["alike"] = count => Drawn(count, _ => 3.5f),
        ["few"] = count => Drawn(count, random => random.Next(50) == 0 ? random.NextSingle() : None),
        ["broken"] = count => Drawn(count, random => random.Next(4) switch { 0 => float.NaN, 1 => None, 2 => -40 * random.NextSingle(), _ => float.MinValue }),
        ["zeros"] = count => Drawn(count, random => random.Next(3) switch { 0 => -0f, 1 => 0f, _ => -random.NextSingle() }),
        ["infinite"] = count => Drawn(count, random => random.Next(100) == 0 ? float.PositiveInfinity : random.NextSingle()),
        ["none"] = count => Drawn(count, _ => None),
        // Each of the light ones adds more to the sum than it weighs.
        ["rounding"] = count => [.. Enumerable.Range(0, count).Select(i => i == 5 ? 0 : i % 100 == 3 ? -19 : -16.23f)],
    };

    public static readonly SamplingOptions[] Options =
    [
        SamplingOptions.Greedy,
        new() { Temperature = 1 },
        new() { Temperature = 0.8f, TopP = 0.95f },
        new() { Temperature = 0.7f, TopK = 40, TopP = 0.9f },
        new() { Temperature = 1, TopK = 1 },
        new() { Temperature = 1, TopK = 300, MinP = 1e-9f },
        new() { Temperature = 100, TopK = 7 },
        new() { Temperature = 100 },
        new() { Temperature = 1e-30f },
        new() { Temperature = 1.5f, MinP = 0.02f },
        new() { Temperature = 1, MinP = 1e-8f },
    ];

    private static float[] Drawn(int count, Func<Random, float> logit)
    {
        var random = new Random(count);
        return [.. Enumerable.Range(0, count).Select(_ => logit(random))];
    }
}
