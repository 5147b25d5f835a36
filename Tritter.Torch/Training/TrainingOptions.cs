namespace Tritter.Torch.Training;

/// <summary>What a run does. Exactly one of Steps and TimeLimit ends it; the learning rate is zero there.</summary>
/// <param name="Micro">Sequences computed at a time.</param>
/// <param name="Batch">Sequences of a step; a multiple of Micro.</param>
public sealed record TrainingOptions(
    string Output,
    int Micro,
    int Batch,
    long Steps,
    TimeSpan TimeLimit,
    double MatrixRate,
    double VectorRate,
    double WeightDecay,
    float MiddleWeight,
    double ClipNorm,
    Schedule Schedule,
    long ValidateEvery,
    TimeSpan ExportEvery,
    TimeSpan CheckpointEvery)
{
    public const double Momentum = 0.95;
}
