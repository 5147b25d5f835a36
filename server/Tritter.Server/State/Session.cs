using System.Collections.Immutable;
using Tritter.Core.Documents;
using Tritter.Inference;
using Tritter.Server.Answers;

namespace Tritter.Server.State;

/// <summary>What <c>initialize</c> settled for as long as the client stays.</summary>
/// <param name="Folders">The workspace's folders.</param>
/// <param name="CanShowProgress">The client shows progress that the server starts.</param>
/// <param name="CanAnswerConfiguration">The client answers workspace/configuration.</param>
/// <param name="CanRegisterConfiguration">The client wants to be asked for workspace/didChangeConfiguration.</param>
internal sealed record Session(
    PositionEncoding Encoding,
    ImmutableArray<Folder> Folders,
    bool CanShowProgress,
    bool CanAnswerConfiguration,
    bool CanRegisterConfiguration)
{
    /// <summary>The client wants to be asked for workspace/didChangeWatchedFiles.</summary>
    public bool CanRegisterWatchers { get; init; }

    /// <summary>Puts answers into words, too; none unless the user chose one.</summary>
    public AnswerModel AnswerModel { get; init; } = AnswerModel.None;

    /// <summary>What was wrong with the choice, in a line; null for nothing.</summary>
    public string? AnswerModelProblem { get; init; }

    /// <summary>Where to compute unless the settings say it: as the client or the command line says.</summary>
    public ComputeDevice Device { get; init; } = ComputeDevice.Cpu;

    /// <summary>What was wrong with the client's, in a line; null for nothing.</summary>
    public string? DeviceProblem { get; init; }

    public static Session None { get; } = new(PositionEncoding.Utf16, [], false, false, false);
}
