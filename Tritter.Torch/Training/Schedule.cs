namespace Tritter.Torch.Training;

/// <summary>The learning rate's factor: up from zero, constant, and down in a line to exactly zero at the end.</summary>
/// <param name="WarmUp">Part of the run that warms up.</param>
/// <param name="DecayFrom">Part of the run after which the rate goes down.</param>
public sealed record Schedule(double WarmUp, double DecayFrom)
{
    /// <param name="done">Part of the run that has passed, by steps or by the clock, 0 to 1.</param>
    public double Factor(double done) =>
        done >= 1 ? 0 : done < WarmUp ? done / WarmUp : done <= DecayFrom ? 1 : (1 - done) / (1 - DecayFrom);
}
