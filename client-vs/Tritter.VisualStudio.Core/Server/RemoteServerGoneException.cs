using StreamJsonRpc;

namespace Tritter.VisualStudio.Server;

/// <summary>There is no server, and none is being started.</summary>
public sealed class RemoteServerGoneException(string message) : RemoteRpcException(message);
