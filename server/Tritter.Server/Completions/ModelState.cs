namespace Tritter.Server.Completions;

/// <summary>What the model is doing.</summary>
internal enum ModelPhase
{
    Starting,
    Ready,
    Busy,
    Failed,
}

/// <param name="Failure">Why the model cannot be used; only with <see cref="ModelPhase.Failed"/>.</param>
/// <param name="Progress">Share of the loading that is done, 0 to 1; only with <see cref="ModelPhase.Starting"/>.</param>
/// <param name="Device">Where it computes; only with <see cref="ModelPhase.Ready"/> and <see cref="ModelPhase.Busy"/>, and null where nobody knows.</param>
internal readonly record struct ModelState(ModelPhase Phase, Exception? Failure = null, double? Progress = null, ModelDevice? Device = null);

/// <summary>Where a model computes, and why there, in a line.</summary>
/// <param name="HasFailed">Whether a graphics card has failed since it was said last: told once.</param>
internal readonly record struct ModelDevice(string Line, bool HasFailed = false);
