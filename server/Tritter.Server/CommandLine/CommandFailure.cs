namespace Tritter.Server.CommandLine;

/// <summary>A command cannot go on. The message is one line that says what is wrong and what to do about it.</summary>
internal sealed class CommandFailure(string message, ExitCode exitCode = ExitCode.Failure) : Exception(message)
{
    public ExitCode ExitCode { get; } = exitCode;
}

/// <summary>What the process answers to its caller.</summary>
internal enum ExitCode
{
    Success = 0,
    Failure = 1,
    Usage = 2,
}
