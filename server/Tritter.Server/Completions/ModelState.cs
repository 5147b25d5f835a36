namespace Tritter.Server.Completions;

/// <summary>What the model is doing.</summary>
internal enum ModelPhase
{
    Starting,
    Ready,
    Busy,
    Failed,
}

/// <param name="Failure">Why the model could not be loaded; only with <see cref="ModelPhase.Failed"/>.</param>
/// <param name="Progress">Share of the loading that is done, 0 to 1; only with <see cref="ModelPhase.Starting"/>.</param>
internal readonly record struct ModelState(ModelPhase Phase, Exception? Failure = null, double? Progress = null);
