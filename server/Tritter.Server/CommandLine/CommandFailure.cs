namespace Tritter.Server.CommandLine;

/// <summary>A command cannot go on. The message is one line that says what is wrong and what to do about it.</summary>
internal sealed class CommandFailure(string message, ExitCode exitCode = ExitCode.Failure) : Exception(message)
{
    public ExitCode ExitCode { get; } = exitCode;

    /// <summary>The result of <paramref name="read"/>, which reads a file that the user named.</summary>
    /// <exception cref="CommandFailure">The file is not there or cannot be read.</exception>
    public static T Reading<T>(string file, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CommandFailure($"there is no file {file}; paths are relative to {Directory.GetCurrentDirectory()}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure($"{file} cannot be read: {e.Message}");
        }
    }
}

/// <summary>What the process answers to its caller.</summary>
internal enum ExitCode
{
    Success = 0,
    Failure = 1,
    Usage = 2,
}
