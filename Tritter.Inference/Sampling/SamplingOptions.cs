namespace Tritter.Inference.Sampling;

/// <summary>How the next token is chosen. The default is greedy.</summary>
public sealed record SamplingOptions
{
    public static SamplingOptions Greedy { get; } = new();

    /// <summary>Divides the logits; 0 means greedy, whatever the rest says.</summary>
    public float Temperature { get; init => field = InRange(value, 0, 100); }

    /// <summary>Keeps the k most likely tokens; 0 keeps all (arXiv:1805.04833).</summary>
    public int TopK { get; init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(TopK)); }

    /// <summary>Keeps the fewest most likely tokens whose probabilities sum to at least this; 1 keeps all (nucleus sampling, arXiv:1904.09751).</summary>
    public float TopP { get; init => field = InRange(value, 0, 1); } = 1;

    /// <summary>Keeps tokens at least this share as likely as the likeliest; 0 keeps all (arXiv:2407.01082).</summary>
    public float MinP { get; init => field = InRange(value, 0, 1); }

    /// <summary>The same seed gives the same tokens.</summary>
    public ulong Seed { get; init; }

    private static float InRange(float value, float min, float max) =>
        value >= min && value <= max ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"expected {min} to {max}");
}
