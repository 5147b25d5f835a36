namespace Tritter.Torch.Training;

/// <summary>Says which steps are left out because their loss or gradient is out of hand: one bad batch then does no harm.</summary>
public static class SpikeGuard
{
    private const double Factor = 1.6;

    /// <summary>Before this many steps the loss falls too fast for its mean to say anything.</summary>
    private const long After = 20;

    /// <param name="steps">Steps done.</param>
    /// <param name="meanLoss">The running mean of the steps before.</param>
    public static bool Refuses(long steps, double loss, double norm, double meanLoss) =>
        !double.IsFinite(loss) || !double.IsFinite(norm) || (steps > After && loss > Factor * meanLoss);
}
