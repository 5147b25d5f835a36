using Tritter.Core.Evaluation;

namespace Tritter.Core.Tests.Evaluation;

public sealed class PassAtKTests
{
    // 1 - C(n - c, k) / C(n, k), worked out by hand: of 5 samples 2 pass, and 3 of the 10 pairs have neither.
    [Theory]
    [InlineData(5, 2, 1, 0.4)]
    [InlineData(5, 2, 2, 0.7)]
    [InlineData(5, 2, 3, 0.9)]
    [InlineData(5, 2, 4, 1)]
    [InlineData(1, 0, 1, 0)]
    [InlineData(1, 1, 1, 1)]
    [InlineData(200, 1, 100, 0.5)]
    [InlineData(10_000, 0, 100, 0)]
    public void The_estimate_is_the_share_of_draws_that_have_one_that_passes(int samples, int passed, int k, double expected) =>
        Assert.Equal(expected, PassAtK.Estimate(samples, passed, k), 12);

    [Theory]
    [InlineData(4, 0, 5)]
    [InlineData(4, 5, 1)]
    [InlineData(4, 1, 0)]
    public void Numbers_that_mean_nothing_are_refused(int samples, int passed, int k) =>
        Assert.ThrowsAny<ArgumentOutOfRangeException>(() => PassAtK.Estimate(samples, passed, k));
}
