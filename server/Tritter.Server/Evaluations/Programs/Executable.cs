namespace Tritter.Server.Evaluations.Programs;

/// <summary>A program that is ready to run in a folder of its own.</summary>
/// <param name="Files">Names and contents of the folder's files.</param>
/// <param name="Command">Program and arguments; paths are absolute or from the folder on.</param>
internal sealed record Executable(IReadOnlyList<(string Name, byte[] Content)> Files, IReadOnlyList<string> Command)
{
    /// <summary>Environment variables. None is inherited but PATH.</summary>
    public IReadOnlyList<(string Name, string Value)> Environment { get; init; } = [];

    /// <summary>Bytes of memory that a process of it may take.</summary>
    public long Memory { get; init; } = 1L << 30;
}
