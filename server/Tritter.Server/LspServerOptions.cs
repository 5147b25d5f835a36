using Tritter.Inference;
using Tritter.Server.Answers;
using Tritter.Server.Replays;

namespace Tritter.Server;

/// <summary>How to run the language server.</summary>
/// <param name="ModelDirectory">Loaded in the background once the client is ready; if that fails the server says so and goes on without a model.</param>
/// <param name="Threads">Worker threads; 0 takes one for each processor.</param>
/// <param name="Log">Takes the log, usually standard error.</param>
/// <param name="Adapter">Folder of the adapter for files that the user's settings name none for; null for none.</param>
/// <param name="Record">Keeps every completion; null, as usual, to keep none.</param>
public sealed record LspServerOptions(string ModelDirectory, int Threads, TextWriter Log, ReplayWriter? Record = null, string? Adapter = null)
{
    /// <summary>Where to compute, unless the client says it.</summary>
    public ComputeDevice Device { get; init; } = ComputeDevice.Cpu;

    /// <summary>Puts answers into words, unless the client names another.</summary>
    internal AnswerModel AnswerModel { get; init; } = AnswerModel.None;
}
