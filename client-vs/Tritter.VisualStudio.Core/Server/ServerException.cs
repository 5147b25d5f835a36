namespace Tritter.VisualStudio.Server;

/// <summary>The server answered with an error or ended before the answer, or there is none and none is being started. The message is one line for the user.</summary>
public sealed class ServerException(string message, Exception? cause = null) : Exception(message, cause);
