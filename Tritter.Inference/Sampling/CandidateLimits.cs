namespace Tritter.Inference.Sampling;

/// <summary>Which tokens a draw needs to know: <see cref="Sampler"/> chooses among them as it would among all.</summary>
/// <param name="Below">How far under the largest logit theirs may be: 0 or less, finite.</param>
/// <param name="Most">How many of the likeliest; 0 for all. More, and in any order, do no harm.</param>
internal readonly record struct CandidateLimits(float Below, int Most);
